import Comm
import Configuration
import Datasets
import Faults
import Kernels
import Model
import Optimization
import Reduction
import Saving
import Scoring
import Supervision
import Threading

extension Trainer {
  /// Evaluates the weights after the last step, and their average if one is kept.
  ///
  /// - Returns: whether it was completed; false on all ranks if one was asked to stop.
  package func evaluate() throws -> Bool {
    let evaluator = Evaluator(
      communication: communication, workers: workers, threads: configuration.train.threads,
      microBatchSize: configuration.train.microBatchSize, training: self)
    let started = ContinuousClock.now
    try awaitWeights()
    if let element = parts.activity.takeTurnedWeight(before: .evaluate) {
      weights.turnBit(at: element % weights.count)
    }
    // This evaluation decides which checkpoint is the best.
    try checkReplicas()
    let title = "evaluation after step \(progress.step)"
    func watched(_ title: String) -> any SampleSource {
      report.watched(testSet, title, ranks: communication.size)
    }
    let task = configuration.task
    let wantsClasses = task.looksForOneClass || configuration.log.tensorBoard
    let classes = wantsClasses ? task.classCount.map(ClassTally.init) : nil
    guard
      var evaluation = try evaluator.evaluate(watched(title), weights: weights, classes: classes)
    else { return false }
    let confusion = evaluation.classes?.confusion
    // What TensorBoard shows changes nothing else.
    if !task.looksForOneClass { evaluation.classes = nil }
    var averaged: Evaluation?
    if optimizer.average != nil {
      let frozen = model.layout.frozenRange
      // The memory of a gradient is enough, if all tensors learn; one is enough for the ranks of a host.
      let common = frozen.isEmpty ? parts.shared?.common : nil
      let isPooled = frozen.isEmpty && common == nil
      let average = common ?? (isPooled ? pool.take() : FloatBuffer(count: weights.count))
      defer { if isPooled { pool.give(average) } }
      average.copy(frozen, of: weights, to: frozen.lowerBound)
      let sharing: (any GradientReduction)? = common == nil ? nil : reduction
      try communication.perform { [optimizer] communicator in
        try optimizer.gatherAverage(into: average, by: sharing, communicator)
      }
      averaged = try evaluator.evaluate(watched("\(title), averaged weights"), weights: average)
      if averaged == nil { return false }
    }
    progress.evaluated(evaluation, averaged: averaged, by: task.bestMetric)
    observer.note(.disk)
    let seconds = started.duration(to: .now).seconds
    evaluationSeconds = seconds
    hasCollapsed = evaluation.hasCollapsed
    report.evaluation(
      evaluation, averaged: averaged, step: progress.step, bestKinds: progress.bestKinds,
      seconds: seconds, configuration)
    report.weights(model.layout, weights, confusion, step: progress.step)
    return true
  }
}

extension Trainer: EvaluationPauses {
  package func fill(_ round: inout EvaluationRound) {
    round.saves = saveRequests.take()
    round.transfers = saver.isReadyForPart
  }

  package func pause(after round: EvaluationRound) throws {
    noteRoundDuration(round.seconds)
    // A stop saves by itself.
    if round.stops { return }
    // Without a part too: what has travelled is committed.
    try saver.transfer(round.transfers ? 1 : 0)
    guard round.saves else { return }
    saveRequests.grant()
    try save(isLast: false)
  }
}
