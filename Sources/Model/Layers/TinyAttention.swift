import Kernels
import Profiling

/// The one small head of attention of aMLP: `softmax(q·kᵀ / √A)·v`, projected to the width of the gate.
///
/// With width A it keeps q, k and v (S·N, 3A); the shares (N, N) of a sample are computed again.
///
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050, figure 6.
struct TinyAttention: Sendable {
  private let expansion: Linear
  private let projection: Linear
  private let tokens: Int
  private let size: Int

  private let qkv: OperandSlot
  private let dQKV: OperandSlot
  private let scores: FloatSlot
  private let shares: OperandSlot
  private let context: OperandSlot
  private let dContext: OperandSlot
  private let output: OperandSlot

  /// Small weights, so that the gate begins as about 1.
  static func tensors(
    _ name: String, _ configuration: ModelConfiguration
  ) -> [TensorDeclaration] {
    let size = configuration.attentionSize
    return Linear.tensors(
      "\(name).qkv", [3 * size, configuration.dModel],
      weight: .truncatedNormal(deviation: 0.02), bias: .constant(0))
      + Linear.tensors(
        "\(name).proj", [configuration.gatedWidth, size],
        weight: .truncatedNormal(deviation: 0.02), bias: .constant(0))
  }

  init(
    _ name: String, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    tokens = configuration.tokens
    size = configuration.attentionSize
    expansion = Linear("\(name).qkv", layout)
    projection = Linear("\(name).proj", layout)
    qkv = plan.operands(rows: tokens, columns: 3 * size, .subBatch)
    dQKV = plan.operands(rows: tokens, columns: 3 * size, .chunk)
    scores = plan.floats(rows: tokens, columns: tokens, .layer)
    shares = plan.operands(rows: tokens, columns: tokens, .layer)
    context = plan.operands(rows: tokens, columns: size, .chunk)
    dContext = plan.operands(rows: tokens, columns: size, .chunk)
    output = plan.operands(rows: tokens, columns: configuration.gatedWidth, .chunk)
  }

  /// From `input` (C·N, D) to the result (C·N, H).
  func forward<Element>(
    _ input: Matrix<Element>, _ chunk: Chunk<Element>
  ) throws(ModelError) -> Matrix<Element> {
    expansion.product(input, into: chunk[qkv], chunk)
    addBias(chunk.weights.matrix(expansion.bias), to: chunk[qkv])
    for rows in input.samples(of: tokens) { attend(rows, chunk) }
    projection.product(chunk[context], into: chunk[output], chunk)
    addBias(chunk.weights.matrix(projection.bias), to: chunk[output])
    try chunk.check(chunk[qkv], expansion.name, "activation")
    try chunk.check(chunk[output], projection.name, "activation")
    return chunk[output]
  }

  /// From the gradient of the result, `dOutput` (C·N, H); that of the input is added to `dInput` (C·N, D).
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, addingTo dInput: Matrix<Float>,
    _ chunk: Chunk<Element>
  ) {
    projection.inputBackward(dOutput, weights: chunk.operands, into: chunk[dContext], chunk)
    for rows in input.samples(of: tokens) {
      attend(rows, chunk)
      attendBackward(rows, chunk)
    }
    biasBackward(dOutput, dBias: chunk.gradient.matrix(projection.bias))
    biasBackward(chunk[dQKV], dBias: chunk.gradient.matrix(expansion.bias))
    projection.weightBackward(dOutput, input: chunk[context], chunk)
    expansion.weightBackward(chunk[dQKV], input: input, chunk)
    chunk.enter(.linear)
    chunk.multiplier.multiply(
      chunk[dQKV], chunk.operands.matrix(expansion.weight), addingTo: dInput)
  }

  func products(samples: Int) -> [LayerProduct] {
    func attention(_ columns: Int, _ terms: Int, _ left: Bool, _ right: Bool, _ phase: Phase)
      -> LayerProduct
    {
      LayerProduct(
        product: MatrixProduct(
          rows: tokens, columns: columns, terms: terms, leftIsTransposed: left,
          rightIsTransposed: right, adds: false), times: samples, phase: phase)
    }
    return expansion.products(rows: samples * tokens) + projection.products(rows: samples * tokens)
      + [
        attention(tokens, size, false, true, .forward(.spatial)),
        attention(size, tokens, false, false, .forward(.spatial)),
        attention(tokens, size, false, true, .backward(.spatial)),
        attention(size, tokens, true, false, .backward(.spatial)),
        attention(size, tokens, false, false, .backward(.spatial)),
        attention(size, tokens, true, false, .backward(.spatial)),
      ]
  }

  private var scale: Float { 1 / Float(size).squareRoot() }

  /// The columns of q, k and v.
  private func split<Element>(
    _ matrix: Matrix<Element>
  ) -> (q: Matrix<Element>, k: Matrix<Element>, v: Matrix<Element>) {
    (
      matrix.columns(0..<size), matrix.columns(size..<(2 * size)),
      matrix.columns((2 * size)..<(3 * size))
    )
  }

  /// The shares of one sample, and its context.
  private func attend<Element>(_ rows: Range<Int>, _ chunk: Chunk<Element>) {
    let (q, k, v) = split(chunk[qkv].rows(rows))
    chunk.enter(.spatial)
    chunk.multiplier.multiply(q, k.transposed, into: chunk[scores])
    chunk.enter(.attention)
    attentionSoftmaxForward(chunk[scores], scale: scale, into: chunk[shares])
    chunk.enter(.spatial)
    chunk.multiplier.multiply(chunk[shares], v, into: chunk[context].rows(rows))
  }

  /// The gradient of q, k and v of the sample whose shares were computed last.
  private func attendBackward<Element>(_ rows: Range<Int>, _ chunk: Chunk<Element>) {
    let (q, k, v) = split(chunk[qkv].rows(rows))
    let (dQ, dK, dV) = split(chunk[dQKV].rows(rows))
    let dContext = chunk[dContext].rows(rows)
    chunk.multiplier.multiply(dContext, v.transposed, into: chunk[scores])
    chunk.multiplier.multiply(chunk[shares].transposed, dContext, into: dV)
    chunk.enter(.attention)
    attentionSoftmaxBackward(chunk[scores], shares: chunk[shares], scale: scale)
    chunk.enter(.spatial)
    chunk.multiplier.multiply(chunk[shares], k, into: dQ)
    chunk.multiplier.multiply(chunk[shares].transposed, q, into: dK)
  }
}
