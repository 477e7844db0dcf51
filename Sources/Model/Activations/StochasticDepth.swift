import Randomness

/// Which samples skip which residual layers in one step: a pure function of seed, step and sample.
///
/// - Note: Source: Huang et al., "Deep Networks with Stochastic Depth", arXiv:1603.09382; as in
///   timm, per sample, with the surviving branch scaled by 1 / survival probability.
struct StochasticDepth: Sendable {
  let survivalProbability: Double
  let seed: UInt64
  let step: Int

  /// With the linear rule, the number of blocks and of residual layers in each.
  private var blocks: (count: Int, layers: Int)?

  /// One probability for all layers.
  init(survivalProbability: Double, seed: UInt64, step: Int) {
    self.survivalProbability = survivalProbability
    self.seed = seed
    self.step = step
  }

  /// The rule of a model with `layers` residual layers in all.
  init(_ configuration: ModelConfiguration, layers: Int, seed: UInt64, step: Int) {
    self.init(survivalProbability: configuration.survivalProbability, seed: seed, step: step)
    if configuration.stochasticDepth == .linear {
      blocks = (configuration.numLayers, layers / configuration.numLayers)
    }
  }

  /// The factor of the branch of `layer` for the sample with this number in its data set.
  func scale(sample: Int, layer: Int) -> Float {
    let survival = survivalProbability(of: layer)
    guard survival < 1 else { return 1 }
    let key = RandomKey(seed: seed, purpose: .stochasticDepth, time: step, sample: sample)
    return Double(key.uniform(layer)) < survival ? Float(1 / survival) : 0
  }

  /// The probability that a sample goes through the branch of `layer`.
  func survivalProbability(of layer: Int) -> Double {
    guard let blocks else { return survivalProbability }
    let depth = Double(layer / blocks.layers) / Double(max(blocks.count - 1, 1))
    return 1 - (1 - survivalProbability) * depth
  }
}
