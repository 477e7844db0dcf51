import Kernels
import Profiling

/// The spatial gating unit: `u ∘ (W·LN(v) + b)`, where (u, v) are the halves of the channels.
///
/// W (N, N) mixes the tokens and is shared by all channels.
struct SpatialGatingUnit: Sendable {
  let norm: LayerNorm
  private let name: String
  private let projection: Linear
  private let tokens: Int
  private let half: Int

  /// LN(v), and W·LN(v), which is kept.
  private let gateInput: OperandSlot
  private let gate: OperandSlot

  /// W begins near zero and b as 1, so that a block starts as a plain MLP of u.
  static func tensors(
    _ name: String, _ configuration: ModelConfiguration
  ) -> [TensorDeclaration] {
    LayerNorm.tensors("\(name).norm", width: configuration.dFFN / 2)
      + Linear.tensors(
        "\(name).proj", [configuration.tokens, configuration.tokens],
        weight: .normal(deviation: 1e-6), bias: .constant(1))
  }

  init(
    _ name: String, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    self.name = name
    tokens = configuration.tokens
    half = configuration.dFFN / 2
    norm = LayerNorm("\(name).norm", epsilon: 1e-5, rows: tokens, .chunk, layout, &plan)
    projection = Linear("\(name).proj", layout)
    gateInput = plan.operands(rows: tokens, columns: half, .chunk)
    gate = plan.operands(rows: tokens, columns: half, .subBatch)
  }

  /// From `input` (C·N, F) to `output` (C·N, H).
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Element>, _ chunk: Chunk<Element>
  ) {
    norm.forward(input.halves.right, into: chunk[gateInput], chunk)
    chunk.enter(.spatial)
    let weight = chunk.operands.matrix(projection.weight)
    for rows in input.samples(of: tokens) {
      chunk.multiplier.multiply(
        weight, chunk[gateInput].rows(rows), into: chunk[gate].rows(rows))
    }
    applyGate(input, into: output, chunk)
  }

  /// Computes again what forward left in `output`, from the gate that was kept.
  func recompute<Element>(
    _ input: Matrix<Element>, into output: Matrix<Element>, _ chunk: Chunk<Element>
  ) {
    norm.forward(input.halves.right, into: chunk[gateInput], chunk)
    applyGate(input, into: output, chunk)
  }

  /// From `dOutput` (C·N, H), which it overwrites: `input` (C·N, F) becomes its own gradient.
  ///
  /// What forward and ``recompute(_:into:_:)`` left is overwritten too.
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, _ chunk: Chunk<Element>
  ) {
    let (u, v) = input.halves
    let weight = chunk.operands.matrix(projection.weight)
    for rows in input.samples(of: tokens) {
      chunk.enter(.gate)
      spatialGateBackward(
        dOutput.rows(rows), u: u.rows(rows), gate: chunk[gate].rows(rows),
        bias: chunk.weights.matrix(projection.bias),
        dBias: chunk.gradient.matrix(projection.bias))
      let dGate = chunk[gate].rows(rows)
      chunk.enter(.spatialWeights)
      chunk.multiplier.multiply(
        dGate, chunk[gateInput].rows(rows).transposed,
        addingTo: chunk.gradient.matrix(projection.weight))
      chunk.enter(.spatial)
      chunk.multiplier.multiply(weight.transposed, dGate, into: dOutput.rows(rows))
    }
    norm.backward(dOutput, input: v, into: v, adding: false, chunk)
  }

  /// In a debugging pass, throws if something that forward left is not finite.
  func check<Element>(gated: Matrix<Element>, _ chunk: Chunk<Element>) throws(ModelError) {
    try chunk.check(chunk[gateInput], norm.name, "activation")
    try chunk.check(chunk[gate], projection.name, "activation")
    try chunk.check(gated, name, "activation")
  }

  /// The products of the gate mix the tokens of one sample: their weight stands on the left.
  func products(samples: Int) -> [LayerProduct] {
    func product(columns: Int, terms: Int, _ phase: Phase) -> LayerProduct {
      LayerProduct(
        product: MatrixProduct(
          rows: tokens, columns: columns, terms: terms,
          leftIsTransposed: phase == .backward(.spatial),
          rightIsTransposed: phase == .backward(.spatialWeights),
          adds: phase == .backward(.spatialWeights)), times: samples, phase: phase)
    }
    return [
      product(columns: half, terms: tokens, .forward(.spatial)),
      product(columns: half, terms: tokens, .backward(.spatial)),
      product(columns: tokens, terms: half, .backward(.spatialWeights)),
    ]
  }

  private func applyGate<Element>(
    _ input: Matrix<Element>, into output: Matrix<Element>, _ chunk: Chunk<Element>
  ) {
    chunk.enter(.gate)
    for rows in input.samples(of: tokens) {
      spatialGateForward(
        input.halves.left.rows(rows), gate: chunk[gate].rows(rows),
        bias: chunk.weights.matrix(projection.bias), into: output.rows(rows))
    }
  }
}

extension Matrix {
  /// The left and the right half of the columns.
  fileprivate var halves: (left: Matrix<Element>, right: Matrix<Element>) {
    (columns(0..<(columns / 2)), columns((columns / 2)..<columns))
  }
}
