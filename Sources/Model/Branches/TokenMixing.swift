import Kernels
import Profiling

/// The branch of MLP-Mixer over the tokens: `W2·GELU(W1·x + b1) + b2` on each sample x (N, D).
///
/// W1 (T, N) and W2 (N, T) are left operands, so nothing is transposed. It keeps W1·x + b1 (S·T, D). Where padding is
/// masked, x is zero there.
///
/// - Note: Source: Tolstikhin et al., "MLP-Mixer", arXiv:2105.01601; named as in timm.
struct TokenMixing: Branch {
  private let expansion: Linear
  private let projection: Linear
  private let padding: Padding?
  private let tokens: Int
  private let width: Int
  private let expanded: Int
  private let preactivation: OperandSlot
  private let activated: OperandSlot

  /// GELU's kernel takes a bias per channel.
  ///
  /// Here it is zero, and its gradient is not used.
  private let noBias: FloatSlot
  private let noGradient: FloatSlot
  private let dExpansionBias: GradientSlot
  private let dProjectionBias: GradientSlot

  var outputBias: Parameter? { nil }
  var outputName: String { projection.name }

  static func tensors(_ part: BlockPart, _ configuration: ModelConfiguration)
    -> [TensorDeclaration]
  {
    let (tokens, expanded) = (configuration.tokens, configuration.dToken)
    return Linear.tensors(
      "\(part.branchName).fc1", inputs: tokens, outputs: expanded, part.values,
      axes: [.channels, .summedTokens])
      + Linear.tensors(
        "\(part.branchName).fc2", inputs: expanded, outputs: tokens,
        part.outputValues(configuration), axes: [.tokens, .channels])
  }

  init(
    _ part: BlockPart, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    expansion = Linear("\(part.branchName).fc1", layout)
    projection = Linear("\(part.branchName).fc2", layout)
    padding = Padding(masked: configuration)
    tokens = configuration.tokens
    width = configuration.dModel
    expanded = configuration.dToken
    preactivation = plan.operands(rows: expanded, columns: width, .subBatch)
    activated = plan.operands(rows: expanded, columns: width, .layer)
    noBias = plan.floats(rows: 1, columns: width, .layer)
    noGradient = plan.floats(rows: 1, columns: width, .layer, backwardOnly: true)
    dExpansionBias = GradientSlot(expansion.bias, &plan)
    dProjectionBias = GradientSlot(projection.bias, &plan)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) throws(ModelError) {
    clear(chunk[noBias])
    padding?.clear(input, chunk)
    for (rows, hidden) in samples(input, chunk) {
      chunk.enter(.spatial)
      chunk.multiplier.multiply(
        chunk.operands.matrix(expansion.weight), input.rows(rows), into: hidden)
      chunk.enter(.gelu)
      spatialSumForward(
        gate: hidden, bias: chunk.weights.matrix(expansion.bias), into: hidden)
      geluForward(hidden, bias: chunk[noBias], into: chunk[activated])
      chunk.enter(.spatial)
      let output = output.rows(rows)
      chunk.multiplier.multiply(
        chunk.operands.matrix(projection.weight), chunk[activated], into: output)
      chunk.enter(.gate)
      spatialSumForward(
        gate: output, bias: chunk.weights.matrix(projection.bias), into: output)
    }
    try chunk.check(chunk[preactivation], expansion.name, "activation")
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) throws(ModelError) {
    clear(chunk[noBias])
    clear(chunk[noGradient])
    padding?.clear(input, chunk)
    for (rows, hidden) in samples(input, chunk) {
      let dOutput = dOutput.rows(rows)
      chunk.enter(.gelu)
      // From here on the hidden layer is the derivative of GELU, and then its own gradient.
      geluForward(
        replacingByDerivative: hidden, bias: chunk[noBias], into: chunk[activated])
      chunk.enter(.gate)
      spatialSumBackward(dOutput, dGate: dOutput, dBias: chunk[dProjectionBias])
      addProduct(dOutput, chunk[activated], toGradientOf: projection.weight, chunk)
      guard dInput != nil || expansion.learns else { continue }
      chunk.enter(.spatial)
      chunk.multiplier.multiply(
        chunk.operands.matrix(projection.weight).transposed, dOutput, into: chunk[activated])
      chunk.enter(.gelu)
      geluBackward(chunk[activated], derivative: hidden, dBias: chunk[noGradient])
      spatialSumBackward(hidden, dGate: hidden, dBias: chunk[dExpansionBias])
      addProduct(hidden, input.rows(rows), toGradientOf: expansion.weight, chunk)
      guard let dInput else { continue }
      chunk.enter(.spatial)
      chunk.multiplier.multiply(
        chunk.operands.matrix(expansion.weight).transposed, hidden, into: dInput.rows(rows))
    }
    if let dInput { padding?.clear(dInput, chunk) }
    try chunk.check(chunk[preactivation], expansion.name, "gradient")
  }

  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    func product(
      rows: Int, columns: Int, terms: Int, left: Bool = false, right: Bool = false, _ phase: Phase
    ) -> LayerProduct {
      LayerProduct(
        product: MatrixProduct(
          rows: rows, columns: columns, terms: terms, leftIsTransposed: left,
          rightIsTransposed: right, adds: phase == .backward(.spatialWeights)),
        times: samples, phase: phase)
    }
    let (n, t, d) = (tokens, expanded, width)
    let hidden = Gradients(
      input: backward || expansion.learns, weights: projection.weight.learns)
    let input = Gradients(input: backward, weights: expansion.weight.learns)
    return [
      product(rows: t, columns: d, terms: n, .forward(.spatial)),
      product(rows: n, columns: d, terms: t, .forward(.spatial)),
    ]
      + hidden.needed([
        product(rows: n, columns: t, terms: d, right: true, .backward(.spatialWeights)),
        product(rows: t, columns: d, terms: n, left: true, .backward(.spatial)),
      ])
      + input.needed([
        product(rows: t, columns: n, terms: d, right: true, .backward(.spatialWeights)),
        product(rows: n, columns: d, terms: t, left: true, .backward(.spatial)),
      ])
  }

  /// Adds `dOutput·inputᵀ` to the gradient of `weight`, unless that is frozen.
  private func addProduct<Element>(
    _ dOutput: Matrix<Element>, _ input: Matrix<Element>, toGradientOf weight: Parameter,
    _ chunk: Chunk<Element>
  ) {
    guard weight.learns else { return }
    chunk.enter(.spatialWeights)
    chunk.multiplier.multiply(
      dOutput, input.transposed, addingTo: chunk.gradient.matrix(weight))
  }

  /// The rows of each sample, and its hidden layer (T, D).
  private func samples<Element>(
    _ input: Matrix<Element>, _ chunk: Chunk<Element>
  ) -> [(rows: Range<Int>, hidden: Matrix<Element>)] {
    zip(input.samples(of: tokens), chunk[preactivation].samples(of: expanded)).map {
      ($0, chunk[preactivation].rows($1))
    }
  }
}
