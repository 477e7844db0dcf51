import Batches
import Kernels
import Profiling

/// The stem of ViT: patches projected to tokens, a learned class token before them, and a learned vector for each
/// position.
///
/// - Note: Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", arXiv:2010.11929; named as in
///   timm. Neither the class token nor the positions decay.
struct ClassTokenStem: Stem {
  private static let classToken = "cls_token"
  private static let positions = "pos_embed"
  private static let projection = "patch_embed.proj"

  private let classToken: Parameter
  private let positions: PositionEmbedding
  private let projection: PatchProjection

  var learns: Bool { classToken.learns || positions.learns || projection.learns }

  static func inputElements(_ configuration: ModelConfiguration) -> Int {
    configuration.patchGrid.imageSize
  }

  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    try PatchProjection.validate(configuration)
  }

  static func require(_ input: Batch.Content, count: Int, _ configuration: ModelConfiguration) {
    PatchProjection.require(input, count: count, configuration)
  }

  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    let width = configuration.dModel
    return [
      TensorDeclaration(classToken, [1, 1, width], .normal(deviation: 1e-6), decays: false),
      TensorDeclaration(
        positions, [1, configuration.tokens, width], .truncatedNormal(deviation: 0.02),
        decays: false, axes: [.channels, .positions, .channels]),
    ]
      + PatchProjection.tensors(projection, configuration)
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    classToken = layout.require(Self.classToken)
    positions = PositionEmbedding(Self.positions, tokens: configuration.tokens, layout)
    projection = PatchProjection(Self.projection, configuration, layout, &plan)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    into output: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    for sample in pass.singles {
      let tokens = sample[output]
      projection.forward(into: tokens.rows(1..<tokens.rows), sample)
      sample.enter(.stem)
      copy(sample.weights.matrix(classToken), to: tokens.rows(0..<1))
      positions.forward(tokens, pass)
    }
    try pass.check(pass.whole[output], projection.name, "activation")
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(_ dOutput: FloatSlot, _ pass: Pass<Element>) {
    for sample in pass.singles {
      let dTokens = sample[dOutput]
      sample.enter(.stem)
      positions.backward(dTokens, pass)
      if classToken.learns { add(dTokens.rows(0..<1), to: sample.gradient.matrix(classToken)) }
      projection.backward(dTokens.rows(1..<dTokens.rows), sample)
    }
  }

  func products(samples: Int) -> [LayerProduct] { projection.products(samples: samples) }
}
