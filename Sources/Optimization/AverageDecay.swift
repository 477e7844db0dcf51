package import Configuration
import Mathematics

/// How much of the averaged weights an update leaves: w̄ ← d·w̄ + (1 − d)·w.
package struct AverageDecay: Sendable, Equatable {
  /// The decay of a long run; 0: no average is kept.
  let limit: Double
  /// How the decay begins: low, and rises to `limit`.
  ///
  /// Without it an average holds decayᵗ of the weights that training began with: at 0.9998 half of them
  /// after 3,466 updates.
  let warmup: AverageWarmup

  /// The decay of update `t`, from 1.
  ///
  /// - Note: Source: the documentation of TensorFlow's `ExponentialMovingAverage`, `num_updates`; timm's
  ///   `ModelEmaV3` with its defaults, whose first update copies the weights.
  func decay(ofUpdate t: Int) -> Double {
    switch warmup {
    case .none: limit
    case .counts: min(limit, Double(1 + t) / Double(10 + t))
    case .timm: min(limit, 1 - exponential(-2 / 3 * logarithm(Double(t))))
    }
  }

  /// The share of the first weights that the average still holds after `updates` updates.
  package func shareOfFirst(after updates: Int) -> Double {
    var share = 1.0
    for t in 1...max(updates, 1) where share > 1e-9 { share *= decay(ofUpdate: t) }
    return share
  }
}

extension TrainSettings {
  /// The decay of the averaged weights.
  package var averageDecay: AverageDecay { AverageDecay(limit: emaDecay, warmup: emaWarmup) }
}
