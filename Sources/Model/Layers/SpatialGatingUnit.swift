import Kernels
import Profiling

/// The spatial gating unit: `u ∘ (W·LN(v) + b)`, where (u, v) are the halves of the channels; or one
/// of the other spatial functions, in which all channels are both u and v.
///
/// With H channels of v, it keeps W·LN(v) (S·N, H). Where padding is masked, LN(v) is zero there.
struct SpatialGatingUnit: Sendable {
  let norm: LayerNorm
  private let name: String
  private let function: SpatialFunction
  private let projection: SpatialProjection
  private let padding: Padding?
  private let tokens: Int
  private let width: Int

  /// LN(v), and W·LN(v), which is kept until its gradient overwrites it.
  private let gateInput: OperandSlot
  private let gate: OperandSlot

  /// The gradient that reaches the input past the gate, where that is not simply one half of the channels.
  private let dDirect: OperandSlot?

  /// Whether one of its tensors learns.
  var learns: Bool { norm.learns || projection.learns }

  static func tensors(
    _ name: String, _ configuration: ModelConfiguration
  ) -> [TensorDeclaration] {
    LayerNorm.tensors("\(name).norm", width: configuration.gatedWidth)
      + SpatialProjection.tensors("\(name).proj", configuration)
  }

  init(
    _ name: String, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    self.name = name
    function = configuration.spatialFunction
    tokens = configuration.tokens
    width = configuration.gatedWidth
    norm = LayerNorm("\(name).norm", epsilon: 1e-5, rows: tokens, .chunk, layout, &plan)
    projection = SpatialProjection("\(name).proj", configuration, layout, &plan)
    padding = Padding(masked: configuration)
    gateInput = plan.operands(rows: tokens, columns: width, .chunk)
    gate = plan.operands(rows: tokens, columns: width, .subBatch)
    dDirect =
      switch function {
      case .multiplicative, .additive:
        plan.operands(rows: tokens, columns: width, .chunk, backwardOnly: true)
      case .split, .linear: nil
      }
  }

  /// From `input` (C·N, F) to `output` (C·N, H); `addend` (C·N, H) is added to W·LN(v).
  func forward<Element>(
    _ input: Matrix<Element>, adding addend: Matrix<Element>?, into output: Matrix<Element>,
    _ chunk: Chunk<Element>
  ) {
    normalize(input, chunk)
    let weight = projection.matrix(chunk)
    chunk.enter(.spatial)
    for sample in input.samples(of: tokens) {
      let gate = chunk[gate].rows(sample)
      let (input, addend) = (input.rows(sample), addend?.rows(sample))
      let output = output.rows(sample)
      chunk.multiplier.multiply(
        weight, chunk[gateInput].rows(sample), into: gate,
        finishing: { tokens, channels in
          chunk.during(.gate, of: .spatial) {
            if let addend { add(addend[tokens, channels], to: gate[tokens, channels]) }
            applyGate(gate, to: input, into: output, tokens, channels, chunk)
          }
        })
    }
  }

  /// Recomputes what forward left in `output`, from the gate that was kept.
  func recompute<Element>(
    _ input: Matrix<Element>, into output: Matrix<Element>, _ chunk: Chunk<Element>
  ) {
    normalize(input, chunk)
    chunk.enter(.gate)
    for sample in input.samples(of: tokens) {
      applyGate(
        chunk[gate].rows(sample), to: input.rows(sample), into: output.rows(sample), 0..<tokens,
        0..<width, chunk)
    }
  }

  /// From `dOutput` (C·N, H), which it overwrites: `input` (C·N, F) becomes its own gradient.
  ///
  /// It also overwrites what forward and ``recompute(_:into:_:)`` left. Unless `needsInput`, only the gradients of the
  /// tensors are meaningful afterwards.
  ///
  /// - Returns: the gradient of the addend (C·N, H).
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, needsInput: Bool, _ chunk: Chunk<Element>
  ) -> Matrix<Element> {
    let weight = projection.matrix(chunk)
    let dWeight = projection.beginGradient(chunk)
    for rows in input.samples(of: tokens) {
      chunk.enter(.gate)
      gateBackward(dOutput, input: input, rows, chunk)
      let dGate = chunk[gate].rows(rows)
      if let dWeight {
        chunk.enter(.spatialWeights)
        chunk.multiplier.multiply(
          dGate, chunk[gateInput].rows(rows).transposed, addingTo: dWeight)
      }
      guard needsInput || norm.learns else { continue }
      chunk.enter(.spatial)
      chunk.multiplier.multiply(weight.transposed, dGate, into: dOutput.rows(rows))
    }
    projection.endGradient(chunk)
    guard needsInput || norm.learns else { return chunk[gate] }
    padding?.clear(dOutput, chunk)
    norm.backward(dOutput, input: mixed(input), into: mixed(input), adding: false, chunk)
    if let dDirect {
      chunk.enter(.gate)
      add(chunk[dDirect], to: input)
    }
    return chunk[gate]
  }

  /// In a debugging pass, throws if something that forward left is not finite.
  func check<Element>(gated: Matrix<Element>, _ chunk: Chunk<Element>) throws(ModelError) {
    try chunk.check(chunk[gateInput], norm.name, "activation")
    try chunk.check(chunk[gate], projection.name, "activation")
    try chunk.check(gated, name, "activation")
  }

  /// The products mix the tokens of one sample: W is the left operand.
  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    LayerProduct.spatial(
      tokens: tokens, width: width, samples: samples,
      Gradients(input: backward || norm.learns, weights: projection.weight.learns))
  }
}

extension SpatialGatingUnit {
  /// Computes LN(v), with zeros in place of padding that is masked.
  private func normalize<Element>(_ input: Matrix<Element>, _ chunk: Chunk<Element>) {
    norm.forward(mixed(input), into: chunk[gateInput], chunk)
    padding?.clear(chunk[gateInput], chunk)
  }

  /// v, the channels whose tokens are mixed.
  private func mixed<Element>(_ input: Matrix<Element>) -> Matrix<Element> {
    function == .split ? input.halves.right : input
  }

  /// Some tokens and channels of the output of one sample.
  private func applyGate<Element>(
    _ gate: Matrix<Element>, to input: Matrix<Element>, into output: Matrix<Element>,
    _ tokens: Range<Int>, _ channels: Range<Int>, _ chunk: Chunk<Element>
  ) {
    let bias = chunk.weights.matrix(projection.bias).columns(tokens)
    let (gate, output) = (gate[tokens, channels], output[tokens, channels])
    // Where the channels have halves, the direct one comes first.
    let input = input[tokens, channels]
    switch function {
    case .split, .multiplicative:
      spatialGateForward(input, gate: gate, bias: bias, into: output)
    case .additive:
      spatialSumForward(gate: gate, bias: bias, into: output)
      add(input, to: output)
    case .linear:
      spatialSumForward(gate: gate, bias: bias, into: output)
    }
  }

  /// Overwrites the gate of one sample with its gradient.
  ///
  /// The gradient past the gate goes to the left half of the input, or to `dDirect`.
  private func gateBackward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, _ rows: Range<Int>,
    _ chunk: Chunk<Element>
  ) {
    let (dOutput, input, gate) = (dOutput.rows(rows), input.rows(rows), chunk[gate].rows(rows))
    let bias = chunk.weights.matrix(projection.bias)
    let dBias = chunk[projection.dBias]
    let direct = dDirect.map { chunk[$0].rows(rows) }
    switch function {
    case .split:
      spatialGateBackward(dOutput, u: input.halves.left, gate: gate, bias: bias, dBias: dBias)
    case .multiplicative, .additive, .linear:
      if let direct { copy(function == .additive ? dOutput : input, to: direct) }
      if function == .multiplicative, let direct {
        spatialGateBackward(dOutput, u: direct, gate: gate, bias: bias, dBias: dBias)
      } else {
        spatialSumBackward(dOutput, dGate: gate, dBias: dBias)
      }
    }
  }
}

extension Matrix {
  /// The left and the right half of the columns.
  fileprivate var halves: (left: Matrix<Element>, right: Matrix<Element>) {
    (columns(0..<(columns / 2)), columns((columns / 2)..<columns))
  }
}
