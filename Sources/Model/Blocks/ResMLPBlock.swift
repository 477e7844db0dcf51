import Kernels
import Profiling

/// ResMLP: a linear layer over the tokens, then a feed-forward layer: `x + γ ∘ branch(α ∘ x + β)`, where α, β
/// and γ have one number per channel.
///
/// - Note: Source: Touvron et al., "ResMLP", arXiv:2105.03404; named and initialised as in timm.
enum ResMLPBlock: Block {
  static var norm: any Norm.Type { Affine.self }

  static let keys: Set<String> = []

  static let presets: KeyValuePairs = [
    "resmlp-12": imageNet(numLayers: 12), "resmlp-24": imageNet(numLayers: 24),
    "resmlp-36": imageNet(numLayers: 36),
  ]

  static func parts(_ block: Int, _ configuration: ModelConfiguration) -> [BlockPart] {
    [
      BlockPart(
        block, norm: norm, normName: "norm1", branch: CrossPatch.self,
        branchName: "linear_tokens",
        LinearValues(weight: InitialValues.xavierUniform, bias: .constant(0))),
      BlockPart(
        block, norm: norm, normName: "norm2", branch: ScaledFeedForward.self,
        branchName: "mlp_channels", .xavier),
    ]
  }

  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    try configuration.require(
      configuration.tokenGrid != nil, "input", "\"\(configuration.input)\"",
      "is not for kind = \"resmlp\", whose models are of images")
  }

  private static func imageNet(numLayers: Int) -> ModelConfiguration {
    .imageNet(.resmlp, numLayers: numLayers, dModel: 384, dFFN: 1536)
  }

  /// γ, which scales a branch; the more blocks there are, the smaller it starts.
  fileprivate static func scale(
    _ name: String, _ configuration: ModelConfiguration
  ) -> TensorDeclaration {
    let value: Float =
      switch configuration.numLayers {
      case ...18: 1e-4
      case ...24: 1e-5
      default: 1e-6
      }
    return TensorDeclaration(name, [configuration.dModel], .constant(value))
  }
}

/// One gain per channel, and one shift where it replaces a norm: `α ∘ x + β`.
private struct Affine: Norm {
  let name: String
  private let gain: Parameter
  private let shift: Parameter?
  private let dGain: GradientSlot
  private let dShift: GradientSlot?

  var learns: Bool { gain.learns || shift?.learns == true }

  static func tensors(_ name: String, width: Int) -> [TensorDeclaration] {
    [
      TensorDeclaration("\(name).alpha", [1, 1, width], .constant(1), decays: false),
      TensorDeclaration("\(name).beta", [1, 1, width], .constant(0), decays: false),
    ]
  }

  init(
    _ name: String, rows: Int, _ extent: Extent, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    self.init(
      name, gain: layout.require("\(name).alpha"), shift: layout.require("\(name).beta"), &plan)
  }

  /// The gain `name` alone.
  init(scale name: String, _ layout: ParameterLayout, _ plan: inout ActivationPlan) {
    self.init(name, gain: layout.require(name), shift: nil, &plan)
  }

  private init(
    _ name: String, gain: Parameter, shift: Parameter?, _ plan: inout ActivationPlan
  ) {
    self.name = name
    self.gain = gain
    self.shift = shift
    dGain = GradientSlot(gain, &plan)
    dShift = shift.map { GradientSlot($0, &plan) }
  }

  @specialized(where Element == Float, Input == Float, Output == Float)
  @specialized(where Element == BFloat16, Input == Float, Output == Float)
  @specialized(where Element == BFloat16, Input == Float, Output == BFloat16)
  func forward<Element, Input: Numeral, Output: Numeral>(
    _ input: Matrix<Input>, into output: Matrix<Output>, _ chunk: Chunk<Element>
  ) {
    chunk.enter(.norm)
    affineForward(
      input, gain: chunk.weights.matrix(gain), shift: shift.map { chunk.weights.matrix($0) },
      into: output)
  }

  @specialized(where Element == Float, Input == Float)
  @specialized(where Element == BFloat16, Input == Float)
  func backward<Element, Input: Numeral>(
    _ dOutput: Matrix<Input>, input: Matrix<Input>, into dInput: Matrix<Input>, adding: Bool,
    _ chunk: Chunk<Element>
  ) {
    chunk.enter(.norm)
    affineBackward(
      dOutput, input: input, gain: chunk.weights.matrix(gain),
      dGain: chunk[dGain], dShift: dShift.map { chunk[$0] }, into: dInput, adding: adding)
  }
}

/// The branch over the tokens: `γ ∘ (W·x + b)` on each sample x (N, D), where W (N, N) is the left operand.
///
/// It keeps W·x + b (S·N, D), which the gradient of γ needs.
private struct CrossPatch: Branch {
  private let mixing: Linear
  private let scale: Affine
  private let tokens: Int
  private let width: Int
  private let mixed: OperandSlot
  private let dBias: GradientSlot

  var outputBias: Parameter? { nil }
  var outputName: String { mixing.name }

  static func tensors(_ part: BlockPart, _ configuration: ModelConfiguration)
    -> [TensorDeclaration]
  {
    let tokens = configuration.tokens
    return [ResMLPBlock.scale("\(part.blockName).ls1", configuration)]
      + Linear.tensors(
        part.branchName, inputs: tokens, outputs: tokens, part.outputValues(configuration),
        axes: [.tokens, .summedTokens])
  }

  init(
    _ part: BlockPart, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    tokens = configuration.tokens
    width = configuration.dModel
    mixing = Linear(part.branchName, layout)
    scale = Affine(scale: "\(part.blockName).ls1", layout, &plan)
    mixed = plan.operands(rows: tokens, columns: width, .subBatch)
    dBias = GradientSlot(mixing.bias, &plan)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) throws(ModelError) {
    for rows in input.samples(of: tokens) {
      let mixed = chunk[mixed].rows(rows)
      chunk.enter(.spatial)
      chunk.multiplier.multiply(
        chunk.operands.matrix(mixing.weight), input.rows(rows), into: mixed)
      chunk.enter(.gate)
      spatialSumForward(gate: mixed, bias: chunk.weights.matrix(mixing.bias), into: mixed)
    }
    try chunk.check(chunk[mixed], mixing.name, "activation")
    scale.forward(chunk[mixed], into: output, chunk)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) throws(ModelError) {
    scale.backward(dOutput, input: chunk[mixed], into: dOutput, adding: false, chunk)
    guard dInput != nil || mixing.learns else { return }
    for rows in input.samples(of: tokens) {
      let dMixed = dOutput.rows(rows)
      chunk.enter(.gate)
      spatialSumBackward(dMixed, dGate: dMixed, dBias: chunk[dBias])
      if mixing.weight.learns {
        chunk.enter(.spatialWeights)
        chunk.multiplier.multiply(
          dMixed, input.rows(rows).transposed, addingTo: chunk.gradient.matrix(mixing.weight))
      }
      guard let dInput else { continue }
      chunk.enter(.spatial)
      chunk.multiplier.multiply(
        chunk.operands.matrix(mixing.weight).transposed, dMixed, into: dInput.rows(rows))
    }
  }

  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    LayerProduct.spatial(
      tokens: tokens, width: width, samples: samples,
      Gradients(input: backward, weights: mixing.weight.learns))
  }
}

/// The branch over the channels: `γ ∘ fc2(GELU(fc1(x)))`.
///
/// It keeps what γ scales, (S·N, D), and what ``FeedForward`` keeps.
private struct ScaledFeedForward: Branch {
  private let inner: FeedForward
  private let bias: Parameter
  private let scale: Affine
  private let unscaled: OperandSlot

  var outputBias: Parameter? { nil }
  var outputName: String { inner.outputName }

  static func tensors(_ part: BlockPart, _ configuration: ModelConfiguration)
    -> [TensorDeclaration]
  {
    [ResMLPBlock.scale("\(part.blockName).ls2", configuration)]
      + FeedForward.tensors(part, configuration)
  }

  init(
    _ part: BlockPart, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    inner = FeedForward(part, configuration, layout, &plan)
    bias = layout.require("\(inner.outputName).bias")
    scale = Affine(scale: "\(part.blockName).ls2", layout, &plan)
    unscaled = plan.operands(
      rows: configuration.tokens, columns: configuration.dModel, .subBatch)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) throws(ModelError) {
    try inner.forward(input, into: output, chunk)
    chunk.enter(.residual)
    addBias(chunk.weights.matrix(bias), to: output)
    copy(output, to: chunk[unscaled])
    scale.forward(chunk[unscaled], into: output, chunk)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) throws(ModelError) {
    scale.backward(dOutput, input: chunk[unscaled], into: dOutput, adding: false, chunk)
    guard dInput != nil || inner.learns else { return }
    chunk.enter(.residual)
    if bias.learns { biasBackward(dOutput, dBias: chunk.gradient.matrix(bias)) }
    try inner.backward(dOutput, input: input, into: dInput, chunk)
  }

  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    inner.products(samples: samples, backward: backward)
  }
}
