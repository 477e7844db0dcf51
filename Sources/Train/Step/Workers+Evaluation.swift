import Configuration
import Datasets
import Faults
import Kernels
package import Model
import Supervision
import Synchronization

/// Takes from the logits of one sample the numbers that an evaluation keeps: equally many of each sample.
package typealias KeptLogits = @Sendable (_ logits: ArraySlice<Float>) -> [Float]

/// What one rank still has to do of an evaluation, and what it has found.
package struct EvaluationPass {
  /// The flat buffer.
  let weights: FloatBuffer
  /// One of each worker, which makes that worker's batches in their order.
  let loaders: [BatchLoader]
  /// The micro-batches that each worker still has to compute.
  var left: [Int]
  /// The results of each worker, in the order of its micro-batches.
  var results: [[MicroBatchResult]]
  /// What was said of each sample, where that is asked for; not in the order of the samples.
  var outcomes: [ClassOutcome]?
  /// What is kept of the logits of a sample; nil for nothing.
  let keeping: KeptLogits?
  /// What each worker has kept, in the order of its samples.
  var kept: [[Float]]

  /// What was said since this was last asked.
  package mutating func takeOutcomes() -> [ClassOutcome]? {
    defer { outcomes?.removeAll(keepingCapacity: true) }
    return outcomes
  }
}

extension Workers {
  /// Begins to evaluate this rank's part of `source`, cut into micro-batches as for training.
  ///
  /// - Parameters:
  ///   - source: the samples; exactly one worker of all ranks takes each.
  ///   - assignment: the micro-batches of every worker of all ranks.
  ///   - weights: the flat buffer; it must not change before the pass has ended.
  ///   - keepsOutcomes: whether the pass has outcomes.
  ///   - keeping: what it keeps of the logits of a sample; nil for nothing.
  /// - Throws: `DatasetError` if the system grants no thread.
  /// - Returns: the pass, before anything is computed.
  func beginEvaluation(
    of source: any SampleSource, assignment: [Range<Int>], weights: FloatBuffer,
    keepsOutcomes: Bool, keeping: KeptLogits? = nil
  ) throws -> EvaluationPass {
    try observer.enter(.evaluate)
    try roundWeights(weights)
    let size = configuration.train.microBatchSize
    let own = Array(assignment[rank * threads..<(rank + 1) * threads])
    let loaders = try own.map { microBatches in
      // The training's batches wait beside these: one ahead is enough without augmentation.
      let loader = try BatchLoader(
        source: source, configuration.batchSettings(.evaluation), depth: 1)
      for microBatch in microBatches {
        let samples = microBatch * size..<min((microBatch + 1) * size, source.count)
        loader.request(samples: Array(samples), epoch: 0)
      }
      return loader
    }
    return EvaluationPass(
      weights: weights, loaders: loaders, left: own.map(\.count), results: own.map { _ in [] },
      outcomes: keepsOutcomes ? [] : nil, keeping: keeping, kept: own.map { _ in [] })
  }

  /// Computes the next `length` micro-batches of each worker that has this many left.
  ///
  /// - Throws: what the loader or the model throws.
  /// - Returns: false if this rank was asked to stop; the pass is of no use then.
  package func evaluate(_ pass: inout EvaluationPass, next length: Int) throws -> Bool {
    let (weights, loaders) = (pass.weights, pass.loaders)
    let (keepsOutcomes, keeping) = (pass.outcomes != nil, pass.keeping)
    let counts = pass.left.map { min($0, length) }
    let found = try onEachWorker(microBatches: counts) { [self] number -> [MicroBatchResult]? in
      let observer = observer.ofWorker(number)
      var results: [MicroBatchResult] = []
      for _ in 0..<counts[number] {
        if Signals.stops || hasFailed.load(ordering: .relaxed) { return nil }
        try observer.enter(.data)
        let batch = try loaders[number].next()
        observer.resume(.evaluate)
        var result = try model.evaluate(
          batch, weights: weights, operands: roundedWeights, arena: arenas[number],
          keepsOutcomes: keepsOutcomes, keepsLogits: keeping != nil)
        if let keeping { result.keep(keeping) }
        results.append(result)
      }
      return results
    }
    guard let found else { return false }
    for (number, results) in found.enumerated() {
      pass.left[number] -= results.count
      for var result in results {
        pass.outcomes?.append(contentsOf: result.outcomes ?? [])
        pass.kept[number] += result.logits ?? []
        (result.outcomes, result.logits) = (nil, nil)
        pass.results[number].append(result)
      }
    }
    return true
  }
}

extension MicroBatchResult {
  /// Replaces the logits by what is kept of those of each sample.
  fileprivate mutating func keep(_ keeping: KeptLogits) {
    guard let all = logits, samples > 0 else { return }
    let width = all.count / samples
    precondition(all.count == samples * width, "\(all.count) logits of \(samples) samples")
    logits = (0..<samples).flatMap { keeping(all[($0 * width)..<(($0 + 1) * width)]) }
  }
}
