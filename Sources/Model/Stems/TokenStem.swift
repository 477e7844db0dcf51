import Batches
import Kernels
import Profiling

/// Looks up every token in the table of embeddings, which hidden tokens are compared with too, and adds learned
/// positions and segments if there are any.
struct TokenStem: Stem {
  /// (vocabulary, D).
  static let embedding = "embedding.weight"

  private static let positions = "position_embedding.weight"

  private let embedding: Parameter
  private let positions: PositionEmbedding?
  private let segments: SegmentEmbedding?
  private let tokens: Int

  var learns: Bool {
    embedding.learns || positions?.learns == true || segments?.learns == true
  }

  static func inputElements(_ configuration: ModelConfiguration) -> Int {
    configuration.tokens + configuration.predictions
  }

  static func vocabulary(_ configuration: ModelConfiguration) -> Range<Int> {
    0..<max(configuration.vocabularySize, 0)
  }

  /// Checks the sizes of vocabulary and sequence.
  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    let (pieces, length) = (configuration.vocabularySize, configuration.sequenceLength)
    let predictions = configuration.predictionsPerSequence
    try configuration.requirePositive(pieces, "vocabulary_size")
    try configuration.requirePositive(length, "sequence_length")
    try configuration.require(
      length < 1 << 16, "sequence_length", "\(length)", "must be at most \(1 << 16 - 1)")
    try configuration.require(
      predictions >= 0 && predictions <= length, "predictions_per_sequence", "\(predictions)",
      "must be from 0, for 15 %, to sequence_length = \(length)")
    try configuration.requireWeights(
      [pieces, configuration.dModel], in: "the embedding", "vocabulary_size", "\(pieces)")
    try configuration.require(
      ModelConfiguration.product([pieces, configuration.predictions]) < 1 << 30,
      "vocabulary_size", "\(pieces)",
      "makes \(1 << 30) logits of one sequence or more; predict fewer tokens of it")
  }

  static func require(_ input: Batch.Content, count: Int, _ configuration: ModelConfiguration) {
    guard case .text(let tokens, let positions) = input else {
      preconditionFailure("images for a model of text")
    }
    let (length, predictions) = (configuration.tokens, configuration.predictions)
    precondition(
      tokens.count == count * length && positions.count == count * predictions,
      """
      \(tokens.count) tokens and \(positions.count) positions for \(count) sequences of \
      \(length) and \(predictions)
      """)
  }

  /// - Note: The deviation is BERT's; Devlin et al., arXiv:1810.04805.
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    let table = TensorDeclaration(
      embedding, [configuration.vocabularySize, configuration.dModel],
      .truncatedNormal(deviation: 0.02))
    let positions: [TensorDeclaration] =
      switch configuration.positions {
      case .none, .rotary: []
      case .learned:
        [
          TensorDeclaration(
            positions, [configuration.tokens, configuration.dModel],
            .truncatedNormal(deviation: 0.02), decays: false, axes: [.positions, .channels])
        ]
      case .relative: RelativeBias.tensors(configuration)
      }
    return [table] + positions
      + (configuration.segments ? SegmentEmbedding.tensors(configuration) : [])
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    embedding = layout.require(Self.embedding)
    tokens = configuration.tokens
    positions =
      configuration.positions == .learned
      ? PositionEmbedding(Self.positions, tokens: tokens, layout) : nil
    segments = configuration.segments ? SegmentEmbedding(configuration, layout) : nil
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    into output: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    pass.enter(.stem)
    let numbers = pass.text.tokens
    gatherRows(
      of: pass.weights.matrix(embedding), numbers.span, from: pass.first * tokens,
      into: pass.whole[output])
    positions?.forward(pass.whole[output], pass)
    segments?.forward(pass.whole[output], pass)
    try pass.check(pass.whole[output], "embedding", "activation")
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(_ dOutput: FloatSlot, _ pass: Pass<Element>) {
    pass.enter(.stem)
    let numbers = pass.text.tokens
    positions?.backward(pass.whole[dOutput], pass)
    segments?.backward(pass.whole[dOutput], pass)
    guard embedding.learns else { return }
    scatterRows(
      pass.whole[dOutput], numbers.span, from: pass.first * tokens,
      addingTo: pass.gradient.matrix(embedding))
  }

  func products(samples: Int) -> [LayerProduct] { [] }
}
