internal import Datasets
internal import Kernels
internal import Model
internal import Profiling

/// One thread's share of a rank: an arena, a loader, and its micro-batches one after the other.
final class Worker: Sendable {
  /// The number of the worker in its rank.
  let number: Int

  private let model: Model
  private let arena: Arena
  private let operands: Operands
  private let loader: BatchLoader
  private let pool: GradientPool
  private let leaves: Int
  private let clock: PhaseClock?

  /// A worker that takes gradient buffers from `pool`.
  init(
    number: Int, model: Model, arena: Arena, operands: Operands, loader: BatchLoader,
    pool: GradientPool, leaves: Int, clock: PhaseClock?
  ) {
    self.number = number
    self.model = model
    self.arena = arena
    self.operands = operands
    self.loader = loader
    self.pool = pool
    self.leaves = leaves
    self.clock = clock
  }

  /// Computes the gradients of `microBatches` and adds them up as far as the canonical tree allows.
  ///
  /// - Parameters:
  ///   - microBatches: this worker's part of the step; may be empty.
  ///   - step: settings that the model needs.
  ///   - weights: the flat buffer, read by all workers.
  ///   - rankSum: receives the nodes, bucket by bucket, while the last gradient becomes final.
  ///   - isCancelled: asked before each micro-batch; true where another worker has failed.
  /// - Returns: one result a micro-batch, or nil if the run is to stop; then nothing is handed on.
  /// - Throws: ``TrainingError/notFiniteIn(layer:step:microBatch:quantity:)`` in a debugging run;
  ///   `DatasetError`.
  func compute(
    _ microBatches: Range<Int>, step: StepSettings, weights: FloatBuffer, into rankSum: RankSum,
    isCancelled: () -> Bool
  ) throws -> [MicroBatchResult]? {
    defer { clock?.enter(.imbalance) }
    // A worker with nothing to do is asked to stop like the others.
    if Signals.stops { return nil }
    var results: [MicroBatchResult] = []
    var sum = CanonicalSum<FloatBuffer>(leaves: leaves)
    for microBatch in microBatches {
      if Signals.stops || isCancelled() { return nil }
      clock?.enter(.data)
      let batch = try loader.next()
      clock?.enter(.other)
      let (images, labels) = (batch.images, batch.labels)
      let started = ContinuousClock.now
      defer { clock?.record(.microBatch(microBatch), since: started) }
      let gradient = pool.take()
      let additions = sum.push(TreeNode(leaf: microBatch), gradient)
      let isLast = microBatch == microBatches.upperBound - 1
      if isLast {
        rankSum.register(
          RankSum.Contribution(nodes: sum.nodes, buffers: sum.values, lastAdditions: additions),
          of: number)
      }
      do throws(ModelError) {
        let result = try model.train(
          .images(images.span), labels: labels.span, samples: batch.samples,
          step: step.number, seed: step.seed, labelSmoothing: step.labelSmoothing,
          weights: weights, operands: operands, gradient: gradient, arena: arena,
          debug: step.debug
        ) { [number, clock] finalCount in
          clock?.enter(.additions)
          // A gradient that is still to be checked does not travel.
          if isLast && !step.debug { rankSum.advance(worker: number, to: finalCount) }
        }
        if isLast && step.debug { rankSum.advance(worker: number, to: gradient.count) }
        results.append(MicroBatchResult(result))
      } catch {
        throw located(error, step: step.number, microBatch: microBatch)
      }
      if !isLast {
        clock?.enter(.additions)
        let everything = 0..<gradient.count
        for addition in additions {
          add(addition.source, everything, to: addition.target, at: 0)
        }
      }
      for addition in additions { pool.give(addition.source) }
    }
    if microBatches.isEmpty {
      rankSum.advance(worker: number, to: weights.count)
    }
    return results
  }
}

/// The model knows the layer; where in the run that was, it does not.
private func located(_ error: ModelError, step: Int, microBatch: Int) -> any Error {
  guard case .notFinite(let layer, let quantity) = error else { return error }
  return TrainingError.notFiniteIn(
    layer: layer, step: step, microBatch: microBatch, quantity: quantity)
}

/// What the model has to know of a step.
struct StepSettings: Sendable {
  let number: Int
  let seed: UInt64
  let labelSmoothing: Float
  let debug: Bool
}

extension MicroBatchResult {
  /// The model's result, ready to travel.
  init(_ result: BatchResult) {
    self.init(
      lossSum: result.lossSum, correct: result.correct, correctTop5: result.correctTop5,
      samples: result.samples)
  }
}
