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
