import Kernels
import Profiling

/// Looks every token up in the table of embeddings, which the head is tied to; no positions.
struct TokenStem: Stem {
  /// (vocabulary, D).
  static let embedding = "embedding.weight"

  private let embedding: Parameter
  private let tokens: Int

  /// - Note: The deviation is BERT's; Devlin et al., arXiv:1810.04805.
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    [
      TensorDeclaration(
        embedding, [configuration.vocabularySize, configuration.dModel],
        .truncatedNormal(deviation: 0.02))
    ]
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    embedding = layout.require(Self.embedding)
    tokens = configuration.tokens
  }

  func forward<Element>(
    into output: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    pass.enter(.stem)
    let numbers = pass.text.tokens
    gatherRows(
      of: pass.weights.matrix(embedding), numbers.span, from: pass.first * tokens,
      into: pass.whole[output])
    try pass.check(pass.whole[output], "embedding", "activation")
  }

  func backward<Element>(_ dOutput: FloatSlot, _ pass: Pass<Element>) {
    pass.enter(.stem)
    let numbers = pass.text.tokens
    scatterRows(
      pass.whole[dOutput], numbers.span, from: pass.first * tokens,
      addingTo: pass.gradient.matrix(embedding))
  }

  func products(samples: Int) -> [LayerProduct] { [] }
}
