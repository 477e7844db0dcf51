import Batches
import Kernels
import Testing

@testable import Model

/// With portable products a sum over samples is one chain, sample after sample, however a micro-batch is cut.
@Suite("Sub-batches")
struct SubBatchTests {
  /// What a configuration has beyond a plain gMLP for images.
  enum Variant: String, CaseIterable {
    case gated, long, attention, multiplicative, additive, linear, dropout, mixer, transformer,
      resmlp

    var configuration: ModelConfiguration {
      var configuration = ModelConfiguration()
      configuration.imageSize = [12, 25]
      configuration.channels = 2
      configuration.patchSize = [4, 5]
      configuration.dModel = 20
      configuration.dFFN = 34
      configuration.numLayers = 2
      configuration.numClasses = 7
      switch self {
      case .gated: break
      // Sums over more rows than a product takes at once.
      case .long: configuration.imageSize = [80, 100]
      case .attention: configuration.attentionSize = 6
      case .multiplicative: configuration.spatialFunction = .multiplicative
      case .additive: configuration.spatialFunction = .additive
      case .linear: configuration.spatialFunction = .linear
      case .dropout: (configuration.dropout, configuration.survivalProbability) = (0.2, 0.7)
      case .mixer: (configuration.kind, configuration.dToken) = (.mixer, 7)
      case .resmlp: configuration.kind = .resmlp
      case .transformer:
        configuration.kind = .transformer
        configuration.numHeads = 2
        configuration.positions = .learned
        configuration.classToken = true
      }
      return configuration
    }
  }

  @Test(
    "Their size changes no bit of portable products", arguments: Variant.allCases, Precision.here)
  func size(variant: Variant, precision: Precision) throws {
    let model = try Model(variant.configuration, precision: precision, products: .portable)
    let weights = FloatBuffer(count: model.layout.count)
    weights.set(Self.numbers(weights.count, scale: 0.3), at: 0)
    let operands = model.makeOperands()
    operands.update(from: weights, 0..<weights.count)

    let samples = 5
    let images = Self.numbers(samples * model.configuration.inputElements, scale: 1)
    func train(subBatchSize: Int) throws -> (result: MicroBatchResult, gradient: [UInt32]) {
      let batch = MicroBatch(
        Batch(.images(images), labels: [0, 6, 3, 2, 5], samples: Array(0..<samples)),
        gradient: FloatBuffer(count: model.layout.count))
      let results = try model.train(
        [batch], step: 1, seed: 3, labelSmoothing: 0.1, weights: weights, operands: operands,
        arena: model.makeArena(microBatchSize: samples, subBatchSize: subBatchSize))
      let gradient = batch.gradient.values(0..<model.layout.count)
      return (results[0], gradient.map(\.bitPattern))
    }
    let whole = try train(subBatchSize: samples)
    for size in 1..<samples {
      let cut = try train(subBatchSize: size)
      #expect(cut.result == whole.result, "sub-batches of \(size)")
      #expect(cut.gradient == whole.gradient, "sub-batches of \(size)")
    }
  }

  /// Numbers of both signs below `scale`, which no short period repeats.
  private static func numbers(_ count: Int, scale: Float) -> [Float] {
    (0..<count).map { scale * (Float($0 &* 7919 % 1009) / 504 - 1) }
  }
}
