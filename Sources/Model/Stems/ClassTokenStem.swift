import Kernels
import Profiling

/// The stem of ViT: patches projected to tokens, a learned token for the class before them, and a
/// learned vector for each place.
///
/// - Note: Source: Dosovitskiy et al., "An Image is Worth 16x16 Words", arXiv:2010.11929; named as in
///   timm. Neither the class's token nor the positions decay.
struct ClassTokenStem: Stem {
  private static let classToken = "cls_token"
  private static let positions = "pos_embed"

  private let classToken: Parameter
  private let positions: PositionEmbedding
  private let projection: Linear
  private let grid: PatchGrid
  private let patches: FloatSlot

  var learns: Bool { classToken.learns || positions.learns || projection.learns }

  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    let width = configuration.dModel
    return [
      TensorDeclaration(classToken, [1, 1, width], .normal(deviation: 1e-6), decays: false),
      TensorDeclaration(
        positions, [1, configuration.tokens, width], .truncatedNormal(deviation: 0.02),
        decays: false, axes: [.channels, .positions, .channels]),
    ]
      + Linear.tensors(
        "patch_embed.proj", [width, configuration.channels] + configuration.patchSize,
        weight: .leCunNormal(inputs: configuration.patchGrid.patchSize), bias: .constant(0),
        axes: [.channels, .colors, .pixels, .pixels])
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    classToken = layout.require(Self.classToken)
    positions = PositionEmbedding(Self.positions, tokens: configuration.tokens, layout)
    projection = Linear("patch_embed.proj", layout)
    grid = configuration.patchGrid
    patches = plan.floats(rows: grid.tokens, columns: grid.patchSize, .chunk)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    into output: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    for sample in pass.singles {
      let tokens = sample[output]
      gather(sample)
      projection.forward(sample[patches], into: tokens.rows(1..<tokens.rows), sample)
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
      gather(sample)
      positions.backward(dTokens, pass)
      if classToken.learns { add(dTokens.rows(0..<1), to: sample.gradient.matrix(classToken)) }
      let dPatches = dTokens.rows(1..<dTokens.rows)
      projection.biasBackward(dPatches, sample)
      projection.weightBackward(dPatches, input: sample[patches], sample)
    }
  }

  func products(samples: Int) -> [LayerProduct] {
    // Nothing lies before the stem that would need a gradient.
    projection.products(rows: samples * grid.tokens, backward: false)
  }

  private func gather<Element>(_ sample: Chunk<Element>) {
    sample.enter(.stem)
    grid.gather(
      sample.pass.images.span, image: sample.pass.first + sample.samples.lowerBound,
      into: sample[patches])
  }
}
