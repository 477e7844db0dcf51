import Batches
import Comm
import Configuration
import Datasets
import Kernels
import Mathematics
import Model
import Synchronization
import Threading
import Train

/// How long each layer takes for a micro-batch, while all workers of all ranks compute at once.
struct LayerTimes: Sendable {
  /// Seconds of the forward pass, by layer: stem, residual layers, head.
  let forward: [Double]
  /// Seconds of the backward pass.
  let backward: [Double]

  /// Passes that are timed, and one before them.
  private static let repetitions = 5
  /// The share of the forward pass in the time of the head, whose parts nobody reports.
  private static let forwardShareOfHead = 1.0 / 3

  /// Measures; collective.
  ///
  /// - Parameters:
  ///   - parts: of the run.
  ///   - trainer: whose workers are at rest.
  /// - Throws: `DatasetError`, `ThreadError`, `MPIError`.
  init(_ parts: TrainingParts, _ trainer: Trainer) throws {
    let batch = try Self.batch(parts)
    let operands = trainer.model.makeOperands()
    operands.update(from: trainer.weights, 0..<trainer.weights.count)
    let threads = parts.configuration.train.threads
    let times = Mutex(Array(repeating: [Double](), count: threads))
    try parts.communication.perform { try $0.barrier() }
    try concurrently(threads) {
      [model = trainer.model, weights = trainer.weights, arenas = trainer.workers.arenas] thread in
      let gradient = FloatBuffer(count: model.layout.gradientCount)
      let passes = try (0...Self.repetitions).map { _ in
        var stopwatch = LayerStopwatch()
        try stopwatch.time(model, batch, gradient, weights, operands, arenas[thread])
        return stopwatch.seconds
      }
      let medians = passes[0].indices.map { slot in passes.dropFirst().map { $0[slot] }.median }
      times.withLock { $0[thread] = medians }
    }
    let own = times.withLock { $0 }
    let count = 2 * trainer.model.layerCosts.count
    let sums = try parts.communication.perform { communicator in
      var sums = (0..<count).map { slot in own.reduce(0) { $0 + $1[slot] } }
      var span = sums.mutableSpan
      try communicator.allReduce(&span, .sum)
      return sums
    }
    let workers = Double(threads * parts.communication.size)
    let means = sums.map { $0 / workers }
    let layers = count / 2
    // What is timed of the head begins with its forward pass and ends with its backward pass.
    let head = means[count - 1]
    forward = Array(means[0..<layers - 1]) + [head * Self.forwardShareOfHead]
    backward = Array(means[layers..<count - 1]) + [head * (1 - Self.forwardShareOfHead)]
  }

  /// The first micro-batch of the training set.
  private static func batch(_ parts: TrainingParts) throws -> Batch {
    let configuration = parts.configuration
    let loader = try BatchLoader(
      source: parts.trainingSet,
      configuration.batchSettings(.training(seed: configuration.seed)))
    let order = EpochOrder(
      seed: configuration.seed, epoch: 0, count: parts.trainingSet.count,
      repeats: configuration.repeats)
    loader.request(samples: order[0..<configuration.train.microBatchSize], epoch: 0)
    return try loader.next()
  }
}

/// Divides the time of one micro-batch among the layers, from what the model reports between them.
private struct LayerStopwatch {
  /// Seconds of every layer: forward passes, then backward passes; the head has all of its time in the latter.
  private(set) var seconds: [Double] = []

  /// Times the forward and backward pass of `batch`.
  mutating func time(
    _ model: Model, _ batch: Batch, _ gradient: FloatBuffer, _ weights: FloatBuffer,
    _ operands: Operands, _ arena: Arena
  ) throws {
    let layers = model.layerCosts.count
    let reported = model.layerCosts.indices.reversed().filter {
      model.layerCosts[$0].finalGradients != nil
    }
    var forward = Array(repeating: 0.0, count: layers)
    var backward = forward
    var (needed, ready) = (0, 0)
    let begun = ContinuousClock.now
    var last = begun
    func lap() -> Double {
      let now = ContinuousClock.now
      defer { last = now }
      return last.duration(to: now).seconds
    }
    _ = try model.train(
      [MicroBatch(batch, gradient: gradient)], step: 1, seed: 1, labelSmoothing: 0,
      weights: weights, operands: operands, arena: arena,
      weightsNeeded: { _ in
        let (time, layer) = (lap(), needed % layers)
        // Before the stem of later sub-batches lies a backward pass, which is timed as a whole.
        if layer > 0 || needed == 0 { forward[max(layer - 1, 0)] += time }
        needed += 1
      },
      gradientReady: { _ in
        backward[reported[ready]] += lap()
        ready += 1
      })
    let whole = begun.duration(to: .now).seconds
    // Only the last sub-batches report their backward pass; it is as long for all.
    let (forwards, backwards) = (forward.reduce(0, +), backward.reduce(0, +))
    let scale = backwards > 0 ? max(0, whole - forwards) / backwards : 1
    seconds = forward + backward.map { $0 * scale }
  }
}
