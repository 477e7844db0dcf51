import Model
import Testing

@Suite("Model configuration")
struct ModelConfigurationTests {
  @Test("The built-in configuration and the presets are valid")
  func valid() throws {
    try ModelConfiguration().validate()
    for name in ModelConfiguration.presetNames {
      try #require(ModelConfiguration.preset(name)).validate()
    }
    #expect(ModelConfiguration.preset("gmlp-xl") == nil)
  }

  @Test("The tokens of a sample lie in a grid, or are looked up in a vocabulary")
  func tokens() {
    var configuration = ModelConfiguration()
    #expect(configuration.tokenGrid == TokenGrid(rows: 7, columns: 7) && configuration.tokens == 49)
    #expect(configuration.vocabulary.isEmpty && configuration.inputElements == 28 * 28)
    configuration.classToken = true
    #expect(configuration.tokenGrid?.count == 49 && configuration.tokens == 50)
    (configuration.input, configuration.classToken) = (.text, false)
    #expect(configuration.tokenGrid == nil && configuration.tokens == 128)
    #expect(configuration.vocabulary == 0..<32_000 && configuration.inputElements == 128 + 19)
  }

  static let wrong: [(key: String, change: @Sendable (inout ModelConfiguration) -> Void)] = [
    ("patch_size", { ($0.dropout, $0.patchSize) = (0.1, [0, 4]) }),
    ("image_size", { ($0.dropout, $0.imageSize) = (0.1, [28]) }),
    ("dropout", { $0.dropout = 0.95 }),
    ("dropout", { ($0.input, $0.sequenceLength, $0.dropout) = (.text, 1 << 12, 0.1) }),
    (
      "padding_token",
      {
        ($0.kind, $0.classToken, $0.positions) = (.transformer, true, .learned)
        $0.paddingToken = 0
      }
    ),
    ("output_scale", { $0.outputScale = -0.5 }), ("output_scale", { $0.outputScale = .nan }),
    (
      "positions",
      {
        ($0.kind, $0.input, $0.positions) = (.transformer, .text, .rotary)
        ($0.dModel, $0.numHeads) = (30, 2)
      }
    ),
    ("class_token", { ($0.kind, $0.positions) = (.transformer, .rotary) }),
    ("positions", { ($0.input, $0.positions) = (.text, .rotary) }),
    ("padding_token", { $0.paddingToken = 0 }),
    ("padding_token", { ($0.kind, $0.paddingToken) = (.resmlp, 0) }),
    ("padding_token", { ($0.input, $0.paddingToken) = (.text, -2) }),
    ("mask_padding", { ($0.input, $0.maskPadding) = (.text, true) }),
    (
      "mask_padding",
      { ($0.kind, $0.input, $0.paddingToken, $0.maskPadding) = (.transformer, .text, 0, true) }
    ),
    ("separator_token", { $0.separatorToken = 3 }),
    ("separator_token", { ($0.input, $0.separatorToken) = (.text, 32_000) }),
    ("segments", { $0.segments = true }),
    ("segments", { ($0.input, $0.segments, $0.paddingToken) = (.text, true, 0) }),
    ("segments", { ($0.input, $0.segments, $0.separatorToken) = (.text, true, 3) }),
    ("d_token", { $0.kind = .mixer }), ("d_token", { $0.dToken = 4 }),
    ("toeplitz", { ($0.kind, $0.dToken, $0.toeplitz) = (.mixer, 4, true) }),
    ("toeplitz", { ($0.kind, $0.toeplitz) = (.resmlp, true) }),
    ("attention_size", { ($0.kind, $0.attentionSize) = (.resmlp, 4) }),
    ("spatial_function", { ($0.kind, $0.spatialFunction) = (.resmlp, .linear) }),
    ("post_norm", { ($0.kind, $0.postNorm) = (.resmlp, true) }),
    ("class_token", { ($0.kind, $0.classToken) = (.resmlp, true) }),
    ("input", { ($0.kind, $0.input) = (.resmlp, .text) }), ("num_heads", { $0.numHeads = 2 }),
    ("num_heads", { ($0.kind, $0.input, $0.numHeads) = (.transformer, .text, 3) }),
    ("class_token", { $0.kind = .transformer }), ("positions", { $0.positions = .learned }),
    ("class_token", { ($0.kind, $0.input, $0.classToken) = (.transformer, .text, true) }),
    ("padding_token", { ($0.kind, $0.input, $0.paddingToken) = (.transformer, .text, 32_000) }),
    ("post_norm", { $0.postNorm = true }), ("channels", { $0.channels = 0 }),
    ("d_model", { $0.dModel = -1 }), ("d_ffn", { $0.dFFN = 255 }),
    ("num_layers", { $0.numLayers = 0 }), ("num_classes", { $0.numClasses = 0 }),
    ("survival_probability", { $0.survivalProbability = 0 }),
    ("survival_probability", { $0.survivalProbability = 1.5 }),
    ("image_size", { $0.imageSize = [28] }), ("image_size", { $0.imageSize = [0, 28] }),
    ("patch_size", { $0.patchSize = [5, 4] }), ("patch_size", { $0.patchSize = [4, 4, 4] }),
    ("output_bias", { $0.outputBias = true }), ("attention_size", { $0.attentionSize = -1 }),
    ("vocabulary_size", { ($0.input, $0.vocabularySize) = (.text, 0) }),
    ("sequence_length", { ($0.input, $0.sequenceLength) = (.text, 1 << 16) }),
    ("predictions_per_sequence", { ($0.input, $0.predictionsPerSequence) = (.text, 129) }),
    ("d_model", { $0.dModel = 1 << 62 }), ("num_layers", { $0.numLayers = 1 << 20 }),
    (
      "patch_size",
      {
        $0.imageSize = [1 << 20, 1 << 20]
        $0.patchSize = [1, 1]
      }
    ),
    (
      "d_ffn",
      {
        $0.dModel = 1 << 12
        $0.dFFN = 1 << 20
      }
    ),
    (
      "num_classes",
      {
        $0.dModel = 1 << 13
        $0.dFFN = 2
        $0.numClasses = 1 << 20
      }
    ),
    (
      "image_size",
      {
        $0.imageSize = [1 << 15, 1 << 15]
        $0.patchSize = [1 << 15, 1 << 15]
        $0.dModel = 2
      }
    ),
  ]

  @Test("15 % of the tokens are predicted, but at least one")
  func predictions() {
    var configuration = ModelConfiguration()
    configuration.input = .text
    for (length, predictions) in [(512, 77), (128, 19), (4, 1), (1, 1)] {
      configuration.sequenceLength = length
      #expect(configuration.predictions == predictions)
    }
    configuration.predictionsPerSequence = 20
    #expect(configuration.predictions == 20 && configuration.labelsPerSample == 20)
  }

  @Test("A wrong value is refused by its key", arguments: wrong)
  func invalid(key: String, change: @Sendable (inout ModelConfiguration) -> Void) throws {
    var configuration = ModelConfiguration()
    change(&configuration)
    let error = try #require(throws: ModelError.self) { try Model(configuration) }
    guard case .invalidConfiguration(let named, _, _) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(named == key)
    #expect(error.description.hasPrefix("model.\(key) = "))
    #expect(!error.description.contains("\n"))
  }
}
