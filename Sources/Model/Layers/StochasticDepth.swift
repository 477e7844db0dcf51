import Randomness

/// Which samples skip which residual layers in one step: a pure function of seed, step and sample.
///
/// - Note: Source: Huang et al., "Deep Networks with Stochastic Depth", arXiv:1603.09382; as in
///   timm, per sample, with the surviving branch scaled by 1 / survival probability.
struct StochasticDepth: Sendable {
  let survivalProbability: Double
  let seed: UInt64
  let step: Int

  /// What the branch of `layer` is multiplied by for the sample with this number in its data set.
  func scale(sample: Int, layer: Int) -> Float {
    guard survivalProbability < 1 else { return 1 }
    let key = RandomKey(seed: seed, purpose: .stochasticDepth, time: step, sample: sample)
    return Double(key.uniform(layer)) < survivalProbability ? Float(1 / survivalProbability) : 0
  }
}
