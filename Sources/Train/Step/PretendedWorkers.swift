import Configuration
import Faults
import Foundation
import Kernels
import Model
import Optimization
import Planning
import Reduction
import Supervision
import Synchronization

/// The workers of a rank that wait where they would compute, as long as they are told.
///
/// All else is real: batches are read, gradients are added, exchanged and applied, as they happen to be. So many
/// ranks on few cores show what the exchange does between as many machines. The layers share the time as they share the
/// multiply-adds of a micro-batch.
struct PretendedWorkers: GradientComputation {
  /// A layer, and how long it is waited in it for one micro-batch.
  private struct Layer: Sendable {
    let cost: LayerCost
    let forward: Double
    let backward: Double
  }

  private let workers: Workers
  private let pool: GradientPool
  private let layers: [Layer]

  /// `workers` that wait.
  ///
  /// - Parameters:
  ///   - workers: those whose place they take.
  ///   - pool: where gradients are taken from.
  ///   - seconds: how long a micro-batch takes, forward and backward.
  init(_ workers: Workers, _ pool: GradientPool, secondsPerMicroBatch seconds: Double) {
    self.workers = workers
    self.pool = pool
    let costs = workers.model.layerCosts
    let all = costs.reduce(0) { $0 + $1.forwardMultiplyAdds + $1.backwardMultiplyAdds }
    let share = seconds / Double(max(all, 1))
    layers = costs.map {
      Layer(
        cost: $0, forward: Double($0.forwardMultiplyAdds) * share,
        backward: Double($0.backwardMultiplyAdds) * share)
    }
  }

  func compute(
    _ plan: StepPlan, weights: FloatBuffer, _ arriving: ArrivingWeights, debug: Bool,
    into accumulator: RankAccumulator
  ) throws -> [MicroBatchResult]? {
    workers.observer.note(.forward)
    try workers.skipBatches(of: plan)
    let first = workers.rank * workers.threads
    let own = plan.assignment[first..<first + workers.threads]
    return try workers.onEachWorker(microBatches: own.map(\.count)) { number in
      try pretend(plan.assignment[first + number], by: number, arriving, into: accumulator)
    }?.flatMap { $0 }
  }

  /// What a worker does with its micro-batches, without the arithmetic.
  private func pretend(
    _ microBatches: Range<Int>, by number: Int, _ arriving: ArrivingWeights,
    into accumulator: RankAccumulator
  ) throws -> [MicroBatchResult]? {
    let train = workers.configuration.train
    if microBatches.isEmpty {
      accumulator.begin(microBatches, [], isLast: true, of: number)
      accumulator.advance(worker: number, to: workers.model.layout.gradientCount)
    }
    for group in microBatches.groups(of: train.interleavedMicroBatches) {
      if Signals.stops || workers.hasFailed.load(ordering: .relaxed) { return nil }
      let gradients = group.map { _ in pool.take() }
      accumulator.begin(
        group, gradients, isLast: group.upperBound == microBatches.upperBound, of: number)
      pass(group.count, arriving) { accumulator.advance(worker: number, to: $0) }
      try arriving.wait()
      accumulator.end(worker: number, freeing: pool)
    }
    let size = train.microBatchSize
    return microBatches.map { _ in
      MicroBatchResult(lossSum: 0, correct: 0, correctTop5: 0, samples: size, labels: size)
    }
  }

  /// Waits as long as `count` micro-batches take that go through the layers together.
  private func pass(_ count: Int, _ arriving: ArrivingWeights, gradientReady: (Int) -> Void) {
    // Every wait is until a time that is known before, so that those that are too long do not add up.
    var due = Date()
    func wait(_ seconds: Double) {
      workers.observer.markProgress()
      due += seconds * Double(count)
      Thread.sleep(until: due)
    }
    for layer in layers {
      if !arriving.areHere(from: layer.cost.firstWeight) {
        arriving.waitUnlessFailed(from: layer.cost.firstWeight)
        due = max(due, Date())
      }
      wait(layer.forward)
    }
    for layer in layers.reversed() {
      wait(layer.backward)
      if let final = layer.cost.finalGradients { gradientReady(final) }
    }
  }
}
