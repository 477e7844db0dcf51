import Testing

@testable import Model

@Suite("Stochastic depth")
struct StochasticDepthTests {
  private let depth = StochasticDepth(survivalProbability: 0.8, seed: 1, step: 2)

  @Test("A branch is dropped or scaled so that its mean is one")
  func scale() {
    let scales = (0..<2_000).flatMap { sample in
      (0..<10).map { depth.scale(sample: sample, layer: $0) }
    }
    #expect(Set(scales) == [0, 1.25])
    // Five standard errors of a share of 0.8 in 20,000 draws.
    let share = Double(scales.count { $0 > 0 }) / 20_000
    #expect(abs(share - 0.8) < 5 * (0.8 * 0.2 / 20_000).squareRoot())
  }

  @Test("Seed, step, sample and block all matter, and nothing else")
  func keys() {
    func draws(_ depth: StochasticDepth, sample: Int) -> [Float] {
      (0..<200).map { depth.scale(sample: sample, layer: $0) }
    }
    let draw = draws(depth, sample: 3)
    #expect(draws(depth, sample: 3) == draw)
    #expect(draws(depth, sample: 4) != draw)
    #expect(
      draws(StochasticDepth(survivalProbability: 0.8, seed: 2, step: 2), sample: 3) != draw)
    #expect(
      draws(StochasticDepth(survivalProbability: 0.8, seed: 1, step: 3), sample: 3) != draw)
  }

  @Test("The linear rule goes from no drops in the first block to all of them in the last")
  func linear() {
    var configuration = ModelConfiguration()
    (configuration.survivalProbability, configuration.numLayers) = (0.8, 5)
    configuration.stochasticDepth = .linear
    let depth = StochasticDepth(configuration, layers: 10, seed: 1, step: 2)
    let survival = (0..<10).map { depth.survivalProbability(of: $0) }
    for (value, expected) in zip(survival, [1, 1, 0.95, 0.95, 0.9, 0.9, 0.85, 0.85, 0.8, 0.8]) {
      #expect(abs(value - expected) < 1e-15)
    }
    let scales = (0..<2_000).map { depth.scale(sample: $0, layer: 2) }
    #expect(Set(scales) == [0, Float(1 / survival[2])])
    #expect((0..<100).allSatisfy { depth.scale(sample: $0, layer: 1) == 1 })
    configuration.numLayers = 1
    let single = StochasticDepth(configuration, layers: 1, seed: 1, step: 2)
    #expect(single.survivalProbability(of: 0) == 1)
  }

  @Test("With a survival probability of 1 every branch counts once")
  func certain() {
    let certain = StochasticDepth(survivalProbability: 1, seed: 1, step: 2)
    #expect((0..<100).allSatisfy { certain.scale(sample: $0, layer: 0) == 1 })
  }
}
