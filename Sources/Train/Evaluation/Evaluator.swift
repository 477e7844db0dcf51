package import Comm
import Configuration
package import Datasets
import Faults
package import Kernels
import Model
import Planning
import Platform
import Scoring
import Supervision
import Threading

/// What an evaluation found, the same on all ranks but for what it kept.
package struct Evaluation: Sendable, Equatable {
  /// Mean cross-entropy in nats.
  package let loss: Double
  /// Share of labels that were found: classes, hidden tokens, or spans with both their ends.
  package let accuracy: Double
  /// Share of labels that were among the five most probable.
  package let accuracyTop5: Double
  /// Samples, each counted once.
  package let samples: Int
  /// The labels that count: one a class, two a span, and of hidden tokens each.
  package let labels: Int
  /// What was said of the samples of each class, where that was asked for.
  package var classes: ClassTally? = nil
  /// What was kept of the logits of each sample, one after the other, where that was asked for; on rank zero alone.
  package var kept: [Float] = []

  /// Whether one class was predicted for all samples; false if this was not checked.
  var hasCollapsed: Bool { classes?.confusion.hasCollapsed ?? false }

  /// The number that `share` means.
  func value(of share: LabelShare) -> Double {
    switch share {
    case .accuracy: accuracy
    case .accuracyTop5: accuracyTop5
    }
  }

  /// The number that `metric` means.
  func value(of metric: BestMetric) -> Double {
    switch metric {
    case .accuracy: accuracy
    case .loss: loss
    }
  }
}

/// Evaluates a data set with all workers of all ranks.
package struct Evaluator {
  package let communication: CommunicationThread
  package let workers: Workers
  package let threads: Int
  package let microBatchSize: Int
  /// What training does between two rounds; nil outside training.
  package var training: (any EvaluationPauses)?

  /// All of its parts.
  package init(
    communication: CommunicationThread, workers: Workers, threads: Int, microBatchSize: Int,
    training: (any EvaluationPauses)? = nil
  ) {
    self.communication = communication
    self.workers = workers
    self.threads = threads
    self.microBatchSize = microBatchSize
    self.training = training
  }

  /// Runs every sample of `source` once through the network.
  ///
  /// The set is cut into micro-batches whose numbers decide the order of all sums, so that the
  /// result does not depend on the number of workers. The ranks agree after every few of them whether
  /// they go on, so none waits for another's whole part.
  ///
  /// - Parameters:
  ///   - source: the set.
  ///   - weights: the flat buffer.
  ///   - classes: an empty tally where each sample has one class and the tally of them is wanted.
  ///   - keeping: what rank zero is to have of the logits of each sample, taken on the rank that computes them; nil for
  ///     nothing.
  /// - Throws: what the loader or the model throws, or what has ended the communication.
  /// - Returns: the result, or nil on all ranks if one of them was asked to stop.
  package func evaluate(
    _ source: any SampleSource, weights: FloatBuffer, classes: ClassTally? = nil,
    keeping: KeptLogits? = nil
  ) throws -> Evaluation? {
    let count = (source.count + microBatchSize - 1) / microBatchSize
    let ranks = communication.size
    let assignment = Coordinator.evenly(count, over: ranks * threads)
    var pass = try workers.beginEvaluation(
      of: source, assignment: assignment, weights: weights, keepsOutcomes: classes != nil,
      keeping: keeping)
    var classes = classes
    var rounds = EvaluationRounds(count: assignment.map(\.count).max() ?? 0)
    while rounds.left > 0 {
      let started = ContinuousClock.now
      let isComplete = try workers.evaluate(&pass, next: rounds.length)
      if let outcomes = pass.takeOutcomes() { classes?.add(outcomes) }
      var round = EvaluationRound(
        stops: !isComplete || Signals.stops, seconds: started.duration(to: .now).seconds)
      training?.fill(&round)
      workers.observer.note(.exchange)
      round = try communication.perform { [round] in try round.agreed($0) }
      try training?.pause(after: round)
      if round.stops { return nil }
      rounds.ended(after: round.seconds)
      workers.observer.resume(.evaluate)
    }
    let words = pass.results.joined().flatMap(\.words)
    workers.observer.note(.exchange)
    let all = try communication.perform { try $0.allGather(words) }
    let results = all.flatMap { [MicroBatchResult](words: $0) }
    if let own = classes {
      classes = try communication.perform { try own.total($0) }
    }
    let kept = try keeping == nil ? [] : gather(pass.kept.flatMap { $0 })
    let total = MicroBatchResult.total(results)
    precondition(total.samples == source.count, "\(total.samples) of \(source.count) samples seen")
    guard total.labels > 0 else {
      throw CommandError(
        "the set has no token that could be hidden; prepare it from other text", exitCode: .badData)
    }
    return Evaluation(
      loss: total.loss, accuracy: total.accuracy, accuracyTop5: total.accuracyTop5,
      samples: total.samples, labels: total.labels, classes: classes, kept: kept)
  }

  /// Brings the numbers of all ranks to rank zero, in the order of the ranks; collective.
  ///
  /// - Returns: none on other ranks.
  private func gather(_ own: [Float]) throws -> [Float] {
    // The other ranks need room for one message alone.
    let longest = 1 << 20
    return try communication.perform { communicator in
      let counts = try communicator.allGather([Int64(own.count)]).map { Int($0[0]) }
      var all = communicator.rank == 0 ? own : []
      for owner in counts.indices.dropFirst() {
        for start in stride(from: 0, to: counts[owner], by: longest) {
          let end = min(start + longest, counts[owner])
          let part = try communicator.broadcast(
            communicator.rank == owner ? Array(own[start..<end]) : [], from: owner)
          if communicator.rank == 0 { all += part }
        }
      }
      return all
    }
  }
}
