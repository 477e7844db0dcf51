package import Configuration
package import Faults
import Model

/// How long a rank may make no progress before its watchdog considers it hung.
package struct WatchLimits: Sendable {
  /// The least limit for every phase, in seconds; 0: no limit.
  let floor: Double
  /// The time of a step estimated from the model's cost, until it has been measured.
  package let stepSeconds: Double
  /// The same of one layer of a pass, forward and backward.
  let layerSeconds: Double
  /// The same of a micro-batch in an evaluation.
  package let evaluationSeconds: Double
  /// Opening data and checkpoints may take long: they are read as a whole.
  static let startSeconds = 3_600.0
  /// A pause that was not a hang may recur, and last this many times longer.
  package static let patience = 3.0

  /// The limit for `phase` where a pause of `longest` seconds was seen in it; infinite for none.
  package func seconds(_ phase: RunPhase, longest: Double) -> Double {
    if floor == 0 { return .infinity }
    return switch phase {
    // A disk may be as slow as it likes: the run waits for it.
    case .disk: .infinity
    case .start, .finish: max(floor, Self.startSeconds)
    // Another rank may be at a whole step of its own.
    case .exchange, .gather: max(floor, longest > 0 ? Self.patience * longest : stepSeconds)
    case .evaluate: max(floor, longest > 0 ? Self.patience * longest : evaluationSeconds)
    default: max(floor, longest > 0 ? Self.patience * longest : layerSeconds)
    }
  }
}

extension WatchLimits {
  /// The limits for a run on this many ranks.
  ///
  /// - Throws: `ModelError` for a model that cannot be.
  package init(_ configuration: TrainingConfiguration, ranks: Int) throws {
    let model = try configuration.makeModel()
    let train = configuration.train
    let share = (configuration.microBatches + ranks - 1) / ranks * train.microBatchSize
    let pass = max(train.microBatchSize, train.interleavedSamples)
    // Forward and backward are three times the multiply-adds of forward, at the rate of a poor core.
    let sample = 6 * Double(ModelCost(model).multiplyAdds) / Self.operationsPerSecond
    floor = train.hangTimeout
    stepSeconds = sample * Double(share)
    evaluationSeconds = sample * Double(train.microBatchSize) / 3
    layerSeconds = sample * Double(pass) / Double(configuration.model.numLayers)
  }

  private static let operationsPerSecond = 2e9
}
