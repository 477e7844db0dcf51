import Batches
import Foundation
import Kernels
import Model
import TestSupport

/// A small masked language model of `Fixtures/make_text_fixtures.py`: weights, one batch, and PyTorch's results.
struct TextFixture {
  /// The models that the script makes.
  enum Variant: String, CaseIterable {
    case split, toeplitz, attention, multiplicative, additive, linear
    case transformerLearned = "transformer-learned"
    case transformerRelative = "transformer-relative"
    case transformerPostNorm = "transformer-post-norm"
    case transformerRotary = "transformer-rotary"
    case mixer
    case maskedAttention = "masked-attention"
    case maskedAdditive = "masked-additive"
    case maskedMixer = "masked-mixer"
    case segments

    var configuration: ModelConfiguration {
      var configuration = ModelConfiguration()
      configuration.input = .text
      configuration.vocabularySize = 37
      configuration.sequenceLength = 11
      configuration.predictionsPerSequence = 4
      configuration.dModel = 10
      configuration.dFFN = 34
      configuration.numLayers = 2
      switch self {
      case .split: configuration.outputBias = true
      case .toeplitz: configuration.toeplitz = true
      case .attention, .maskedAttention:
        (configuration.toeplitz, configuration.attentionSize) = (true, 3)
      case .multiplicative: configuration.spatialFunction = .multiplicative
      case .additive, .maskedAdditive: configuration.spatialFunction = .additive
      case .linear: configuration.spatialFunction = .linear
      case .transformerLearned, .transformerRelative, .transformerPostNorm, .transformerRotary:
        configuration.kind = .transformer
        configuration.numHeads = 2
        configuration.paddingToken = 0
        configuration.positions = self == .transformerRelative ? .relative : .learned
        configuration.postNorm = self == .transformerPostNorm
        if self == .transformerRotary {
          (configuration.positions, configuration.dModel) = (.rotary, 12)
        }
      case .mixer, .maskedMixer: (configuration.kind, configuration.dToken) = (.mixer, 7)
      case .segments:
        (configuration.toeplitz, configuration.numLayers) = (true, 1)
        configuration.segments = true
        (configuration.separatorToken, configuration.paddingToken) = (3, 0)
      }
      if [.maskedAttention, .maskedAdditive, .maskedMixer].contains(self) {
        (configuration.paddingToken, configuration.maskPadding) = (0, true)
      }
      if configuration.spatialFunction != .split { configuration.numLayers = 1 }
      return configuration
    }
  }

  let file: TensorFile
  let model: Model
  let weights: FloatBuffer
  let operands: Operands
  let tokens: [Int32]
  let positions: [Int32]
  let labels: [Int32]

  init(_ variant: Variant, _ precision: Precision = .fp32) throws {
    let url = Bundle.module.bundleURL.appendingPathComponent(
      "Fixtures/text-\(variant.rawValue).safetensors")
    file = try TensorFile(url)
    model = try Model(variant.configuration, precision: precision)
    tokens = try file("tokens").map { Int32($0) }
    positions = try file("positions").map { Int32($0) }
    labels = try file("labels").map { Int32($0) }
    weights = FloatBuffer(count: model.layout.count)
    for parameter in model.layout.parameters {
      let values = try file("weights.\(parameter.name)").map { Float($0) }
      weights.set(values, at: parameter.range.lowerBound)
    }
    operands = model.makeOperands()
    operands.update(from: weights, 0..<weights.count)
  }

  /// One call of `train` on the sequences of `range`, by default all five.
  func train(
    _ range: Range<Int> = 0..<5, arena: Arena, gradient: FloatBuffer, debug: Bool = false,
    gradientReady: (Int) -> Void = { _ in }
  ) throws -> MicroBatchResult {
    return try model.train(
      [microBatch(range, gradient)], step: 1, seed: 0, labelSmoothing: 0.1, weights: weights,
      operands: operands,
      arena: arena, debug: debug, gradientReady: gradientReady)[0]
  }

  /// The sequences `range` as a micro-batch with a gradient of its own.
  func microBatch(_ range: Range<Int>) -> MicroBatch {
    microBatch(range, FloatBuffer(count: model.layout.count))
  }

  private func microBatch(_ range: Range<Int>, _ gradient: FloatBuffer) -> MicroBatch {
    func part(_ values: [Int32], _ count: Int) -> [Int32] {
      Array(values[(range.lowerBound * count)..<(range.upperBound * count)])
    }
    return MicroBatch(
      Batch(
        .text(tokens: part(tokens, 11), positions: part(positions, 4)), labels: part(labels, 4),
        samples: Array(range)), gradient: gradient)
  }
}
