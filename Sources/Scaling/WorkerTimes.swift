import Configuration
import Model
import Planning

/// What the busiest worker of a host does in a step, and when which parts of the gradient become final.
struct WorkerTimes: Sendable, Equatable {
  /// A layer of the forward pass, which waits for its weights.
  struct Forward: Sendable, Equatable {
    /// The weights that it needs are the elements from this one on.
    let firstWeight: Int
    let seconds: Double
  }

  /// A layer of the backward pass, after which a prefix of the gradient is final.
  struct Backward: Sendable, Equatable {
    let finalGradients: Int?
    let seconds: Double
  }

  /// The first pass through the layers.
  let forward: [Forward]
  /// Between the forward pass of the first turn and the backward pass of the last one.
  let middle: Double
  /// The last pass back through the layers.
  let backward: [Backward]

  /// All of it, without any wait.
  var seconds: Double {
    forward.reduce(middle) { $0 + $1.seconds } + backward.reduce(0) { $0 + $1.seconds }
  }

  /// The times of a worker with so many micro-batches.
  ///
  /// - Parameters:
  ///   - microBatches: how many; none is no time.
  ///   - profile: the seconds of the layers.
  ///   - model: its layers.
  ///   - train: how a worker cuts its work.
  init(
    microBatches: Int, _ profile: ComputeProfile, _ model: Model, _ train: TrainSettings
  ) {
    let costs = model.layerCosts
    let turns = Self.turns(microBatches, profile, model, train)
    // The profile may be of another size of micro-batch.
    let scale = Double(train.microBatchSize) / Double(profile.microBatch)
    let (first, last) = (scale * (turns.first ?? 0), scale * (turns.last ?? 0))
    forward = zip(costs, profile.layers).map {
      Forward(firstWeight: $0.firstWeight, seconds: first * $1.forwardSeconds)
    }
    backward = zip(costs, profile.layers).reversed().map {
      Backward(finalGradients: $0.finalGradients, seconds: last * $1.backwardSeconds)
    }
    let forwardSeconds = profile.layers.reduce(0) { $0 + $1.forwardSeconds }
    let backwardSeconds = profile.layers.reduce(0) { $0 + $1.backwardSeconds }
    let all = scale * turns.reduce(0, +)
    middle = max(0, (all - first) * forwardSeconds + (all - last) * backwardSeconds)
  }

  /// How much of a micro-batch, or how many of them, go through the layers together, turn by turn.
  private static func turns(
    _ microBatches: Int, _ profile: ComputeProfile, _ model: Model, _ train: TrainSettings
  ) -> [Double] {
    let groups = (0..<microBatches).groups(of: train.interleavedMicroBatches).map(\.count)
    // Who waits does so for a group at once.
    if profile.origin == .pretended { return groups.map { Double($0) } }
    let parts = model.subBatches(
      microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize,
      interleavedSamples: train.interleavedSamples)
    return groups.flatMap { group in
      let passes = group * parts.perMicroBatch
      return stride(from: 0, to: passes, by: parts.interleaved).map {
        Double(min(parts.interleaved, passes - $0)) / Double(parts.perMicroBatch)
      }
    }
  }
}
