internal import Comm
internal import Datasets
internal import Kernels
internal import Model

extension Trainer {
  /// Evaluates the weights after the last step, and their average if one is kept.
  ///
  /// - Returns: whether it was completed; false on all ranks if one was asked to stop.
  func evaluate() throws -> Bool {
    let evaluator = Evaluator(
      communication: communication, workers: workers, threads: configuration.train.threads,
      microBatchSize: configuration.train.microBatchSize, activity: activity, training: self)
    let started = ContinuousClock.now
    try awaitWeights()
    if let element = activity.takeTurnedWeight(before: .evaluate) {
      weights.turnBit(at: element % weights.count)
    }
    // What is judged here decides which checkpoint is the best.
    try checkReplicas()
    let title = "evaluation after step \(progress.step)"
    func watched(_ title: String) -> any SampleSource {
      report.watched(testSet, title, ranks: communication.size)
    }
    guard let evaluation = try evaluator.evaluate(watched(title), weights: weights) else {
      return false
    }
    var averaged: Evaluation?
    if optimizer.average != nil {
      let average = pool.take()
      defer { pool.give(average) }
      try communication.perform { [optimizer] communicator in
        try optimizer.gatherAverage(into: average, communicator)
      }
      averaged = try evaluator.evaluate(watched("\(title), averaged weights"), weights: average)
      if averaged == nil { return false }
    }
    progress.evaluated(evaluation, averaged: averaged, by: configuration.bestMetric)
    activity.note(.disk)
    let seconds = started.duration(to: .now).seconds
    evaluationSeconds = seconds
    report.evaluation(
      evaluation, averaged: averaged, step: progress.step, bestKinds: progress.bestKinds,
      seconds: seconds, configuration.model)
    return true
  }
}

extension Duration {
  /// The length in whole nanoseconds.
  var nanoseconds: Int {
    Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000)
  }

  /// The length in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
