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
    _ input: ModelInput, into output: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    guard case .text(let numbers, _) = input else { preconditionFailure("not text") }
    pass.enter(.stem)
    gatherRows(
      of: pass.weights.matrix(embedding), numbers, from: pass.first * tokens,
      into: pass.whole[output])
    try pass.check(pass.whole[output], "embedding", "activation")
  }

  func backward<Element>(_ dOutput: FloatSlot, _ input: ModelInput, _ pass: Pass<Element>) {
    guard case .text(let numbers, _) = input else { preconditionFailure("not text") }
    pass.enter(.stem)
    scatterRows(
      pass.whole[dOutput], numbers, from: pass.first * tokens,
      addingTo: pass.gradient.matrix(embedding))
  }

  func products(samples: Int) -> [LayerProduct] { [] }
}
