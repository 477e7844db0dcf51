import Batches
import Datasets
import Faults
import Kernels
import Model
import Optimization
import Planning
import Profiling
import Reduction
import Supervision
import Synchronization
import Threading

/// One thread's share of a rank: an arena, a loader, and its micro-batches one after the other.
final class Worker: Sendable {
  /// The number of the worker in its rank.
  let number: Int

  private let model: Model
  private let arena: Arena
  private let roundedWeights: Operands
  private let loader: BatchLoader
  private let pool: GradientPool
  private let microBatchesAtOnce: Int
  private let observer: StepObserver
  private let computeNanoseconds = Atomic<Int>(0)
  private let waitNanoseconds = Atomic<Int>(0)

  private var gradientCount: Int { model.layout.gradientCount }

  /// A worker that takes gradient buffers from `pool`.
  init(
    number: Int, model: Model, arena: Arena, roundedWeights: Operands, loader: BatchLoader,
    pool: GradientPool, microBatchesAtOnce: Int, observer: StepObserver
  ) {
    self.number = number
    self.model = model
    self.arena = arena
    self.roundedWeights = roundedWeights
    self.loader = loader
    self.pool = pool
    self.microBatchesAtOnce = microBatchesAtOnce
    self.observer = observer
  }

  /// The seconds that this worker computed in the last step, without its waits for weights.
  var computeSeconds: Double {
    Double(
      computeNanoseconds.load(ordering: .relaxed) - waitNanoseconds.load(ordering: .relaxed)) * 1e-9
  }

  /// Computes the gradients of `microBatches` and adds them up as far as the reduction tree allows.
  ///
  /// - Parameters:
  ///   - microBatches: this worker's part of the step; may be empty.
  ///   - step: settings that the model needs.
  ///   - weights: the flat buffer, read by all workers.
  ///   - arriving: which of the updated weights have arrived.
  ///   - accumulator: receives the sums, bucket by bucket, while the last gradient becomes final.
  ///   - isCancelled: asked before each micro-batch; true if another worker has failed.
  /// - Returns: one result per micro-batch, or nil if the run is to stop; then nothing is handed on.
  /// - Throws: ``TrainingError/notFiniteIn(layer:step:microBatch:quantity:)`` in a debugging run;
  ///   `DatasetError`; what has ended the communication while weights were awaited.
  func compute(
    _ microBatches: Range<Int>, step: StepSettings, weights: FloatBuffer,
    _ arriving: ArrivingWeights, into accumulator: RankAccumulator, isCancelled: () -> Bool
  ) throws -> [MicroBatchResult]? {
    let began = ContinuousClock.now
    waitNanoseconds.store(0, ordering: .relaxed)
    defer {
      observer.charge(.imbalance)
      computeNanoseconds.store(began.duration(to: .now).nanoseconds, ordering: .relaxed)
    }
    // A worker with nothing to do is asked to stop like the others.
    if Signals.stops { return nil }
    var results: [MicroBatchResult] = []
    // A debugging pass names the micro-batch.
    for group in microBatches.groups(of: step.debug ? 1 : microBatchesAtOnce) {
      if Signals.stops || isCancelled() { return nil }
      let isLast = group.upperBound == microBatches.upperBound
      results += try compute(
        group: group, isLast: isLast, step: step, weights: weights, arriving, into: accumulator)
    }
    if microBatches.isEmpty {
      accumulator.begin(microBatches, [], isLast: true, of: number)
      accumulator.advance(worker: number, to: gradientCount)
    }
    return results
  }

  /// Computes a group of micro-batches together, and passes their gradients on as they become final.
  private func compute(
    group: Range<Int>, isLast: Bool, step: StepSettings, weights: FloatBuffer,
    _ arriving: ArrivingWeights, into accumulator: RankAccumulator
  ) throws -> [MicroBatchResult] {
    let batches = try nextBatches(group.count)
    let gradients = group.map { _ in pool.take() }
    accumulator.begin(group, gradients, isLast: isLast, of: number)
    let started = ContinuousClock.now
    let results = try train(
      zip(batches, gradients).map { MicroBatch($0, gradient: $1) }, first: group.lowerBound,
      step: step, weights: weights, arriving
    ) {
      // A gradient that is still to be checked does not travel.
      if !step.debug { accumulator.advance(worker: number, to: $0) }
    }
    if step.debug { accumulator.advance(worker: number, to: gradientCount) }
    try arriving.wait()
    accumulator.end(worker: number, freeing: pool)
    for microBatch in group { observer.record(.microBatch(microBatch), since: started) }
    return results
  }

  /// Computes losses and gradients, and reports progress to the observer.
  ///
  /// `gradientReady` receives the number of elements that are final in all gradients.
  private func train(
    _ microBatches: [MicroBatch], first: Int, step: StepSettings, weights: FloatBuffer,
    _ arriving: ArrivingWeights, gradientReady: (Int) -> Void
  ) throws -> [MicroBatchResult] {
    try observer.enter(.forward)
    var isForward = true
    do throws(ModelError) {
      return try model.train(
        microBatches, step: step.step, seed: step.seed, labelSmoothing: step.labelSmoothing,
        weights: weights, operands: roundedWeights, arena: arena, debug: step.debug,
        weightsNeeded: {
          observer.markProgress()
          wait(for: arriving, from: $0)
        }
      ) { [observer] finalCount in
        observer.charge(.additions)
        if isForward { observer.note(.backward) } else { observer.markProgress() }
        isForward = false
        gradientReady(finalCount)
      }
    } catch {
      throw located(error, step: step.step, microBatch: first)
    }
  }

  private func nextBatches(_ count: Int) throws -> [Batch] {
    try observer.enter(.data)
    defer { observer.leave() }
    return try (0..<count).map { _ in try loader.next() }
  }

  private func wait(for weights: ArrivingWeights, from first: Int) {
    if weights.areHere(from: first) { return }
    observer.note(.gather)
    let started = ContinuousClock.now
    weights.waitUnlessFailed(from: first)
    observer.resume(.forward)
    waitNanoseconds.add(started.duration(to: .now).nanoseconds, ordering: .relaxed)
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
  let step: Int
  let seed: UInt64
  let labelSmoothing: Float
  let debug: Bool
}
