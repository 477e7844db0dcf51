import Batches
import Configuration
import Datasets
import Exports
import Kernels
import Model
import TestSupport

/// Small models of every kind and task with random weights, and what they compute of random samples.
enum SmallNetwork: String, CaseIterable, Sendable {
  case gmlpImages, gmlpToeplitzImages, mixerImages, resmlpImages, visionTransformer
  case gmlpText, gmlpLinear, gmlpAdditive, gmlpMultiplicative, amlpText, amlpMasked, mixerText
  case transformerLearned, transformerRelative, transformerRotary, transformerPostNorm
  case gmlpFirst, gmlpMean, transformerMean, gmlpSpans, transformerSpans

  static let padding: Int32 = 0
  static let separator: Int32 = 3

  /// The sizes.
  var configuration: ModelConfiguration {
    var sizes = ModelConfiguration()
    (sizes.dModel, sizes.dFFN, sizes.numLayers) = (12, 20, 2)
    switch self {
    case .gmlpImages, .gmlpToeplitzImages, .mixerImages, .resmlpImages, .visionTransformer:
      (sizes.imageSize, sizes.patchSize, sizes.channels) = ([8, 12], [4, 2], 3)
      sizes.numClasses = 7
    default:
      sizes.input = .text
      (sizes.vocabularySize, sizes.sequenceLength, sizes.predictionsPerSequence) = (31, 10, 3)
      sizes.paddingToken = Int(Self.padding)
    }
    switch self {
    case .gmlpImages, .gmlpText: break
    case .gmlpToeplitzImages: sizes.toeplitz = true
    case .gmlpLinear: sizes.spatialFunction = .linear
    case .gmlpAdditive: sizes.spatialFunction = .additive
    case .gmlpMultiplicative: sizes.spatialFunction = .multiplicative
    case .amlpText: (sizes.attentionSize, sizes.toeplitz) = (6, true)
    case .amlpMasked: (sizes.attentionSize, sizes.maskPadding) = (6, true)
    case .mixerImages: (sizes.kind, sizes.dToken) = (.mixer, 9)
    case .mixerText: (sizes.kind, sizes.dToken, sizes.maskPadding) = (.mixer, 9, true)
    case .resmlpImages: sizes.kind = .resmlp
    case .visionTransformer:
      (sizes.kind, sizes.numHeads, sizes.classToken) = (.transformer, 3, true)
      sizes.positions = .learned
    case .transformerLearned: sizes.transform(.learned)
    case .transformerRelative: sizes.transform(.relative)
    case .transformerRotary: sizes.transform(.rotary)
    case .transformerPostNorm:
      sizes.transform(.learned)
      (sizes.postNorm, sizes.outputBias) = (true, true)
    case .gmlpFirst, .gmlpMean:
      (sizes.task.kind, sizes.numClasses) = (.classification, 4)
      sizes.task.pooling = self == .gmlpMean ? .mean : .first
    case .transformerMean:
      sizes.transform(.learned)
      (sizes.task.kind, sizes.task.pooling, sizes.numClasses) = (.classification, .mean, 4)
      (sizes.segments, sizes.separatorToken) = (true, Int(Self.separator))
    case .gmlpSpans:
      sizes.task.kind = .spans
      (sizes.segments, sizes.separatorToken) = (true, Int(Self.separator))
    case .transformerSpans:
      sizes.transform(.rotary)
      sizes.task.kind = .spans
    }
    return sizes
  }

  /// The model with random weights.
  func exported() throws -> ExportedModel { try Self.exported(configuration) }

  /// A model with random weights, of which none is where it starts.
  static func exported(
    _ configuration: ModelConfiguration, scale: Double = 0.4
  ) throws -> ExportedModel {
    var training = TrainingConfiguration()
    training.model = configuration
    let layout = try Model(configuration).layout
    let weights = FloatBuffer(count: layout.count)
    var random = RandomValues(seed: 3)
    for parameter in layout.parameters {
      let isGain = parameter.name.hasSuffix("norm.weight") || parameter.name.hasSuffix("alpha")
      weights.withMutableSpan(parameter.range) { values in
        for index in values.indices {
          values[index] = Float(scale * random.next()) + (isGain ? 1 : 0)
        }
      }
    }
    let channels = configuration.channels
    return ExportedModel(
      training, layout, weights,
      normalization: Normalization(
        mean: Array(repeating: 0.25, count: channels), std: Array(repeating: 0.5, count: channels)),
      classNames: nil, step: 6, weightsDigest: "0123")
  }

  /// Random samples; texts end with padding, and the last one is longer than the others.
  func samples(_ count: Int) -> Batch.Content {
    var random = RandomValues(seed: UInt64(count))
    guard configuration.input == .text else {
      return .images(random.array(count * configuration.inputElements).map { Float($0) })
    }
    let length = configuration.sequenceLength
    var tokens: [Int32] = []
    for sample in 0..<count {
      let real = sample == count - 1 ? length : length - 1 - sample
      for place in 0..<length {
        let token = 4 + Int32((random.next() + 1) / 2 * Double(configuration.vocabularySize - 4))
        tokens.append(place >= real ? Self.padding : place == 4 ? Self.separator : token)
      }
    }
    let positions = (0..<count).flatMap { sample in
      (0..<configuration.predictions).map { Int32((sample + 2 * $0) % length) }
    }
    return .text(tokens: tokens, positions: positions)
  }

  /// What our own model computes of them.
  static func logits(
    _ exported: ExportedModel, _ samples: Batch.Content, count: Int
  ) throws -> [Float] {
    let model = try Model(exported.configuration.model)
    let operands = model.makeOperands()
    operands.update(from: exported.weights, 0..<exported.weights.count)
    return model.logits(
      samples, count: count, weights: exported.weights, operands: operands,
      arena: model.makeArena(microBatchSize: count))
  }
}

extension ModelConfiguration {
  fileprivate mutating func transform(_ positions: Positions) {
    (kind, numHeads, self.positions) = (.transformer, 3, positions)
  }
}
