import Kernels
import Profiling

/// The single small attention head of aMLP: `softmax(q·kᵀ / √A)·v`, projected to the width of the gate.
///
/// With width A it keeps q, k and v (S·N, 3A); the shares (N, N) of a sample are recomputed. Padding that is masked has
/// no keys.
///
/// - Note: Source: Liu, Dai, So, Le, "Pay Attention to MLPs", arXiv:2105.08050, figure 6.
struct TinyAttention: Sendable {
  private let expansion: Linear
  private let projection: Linear
  private let head: AttentionHead
  private let tokens: Int
  private let block: Int
  private let padding: Padding?

  private let qkv: OperandSlot
  private let dQKV: OperandSlot
  private let context: OperandSlot
  private let dContext: OperandSlot
  private let output: OperandSlot

  /// What is added to the scores of each key of a sample, (1, N); nil if no padding is masked.
  private let keys: FloatSlot?

  /// Whether one of its tensors learns.
  var learns: Bool { expansion.learns || projection.learns }

  /// Small weights, so that the gate starts at about 1.
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
    _ name: String, block: Int, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    let size = configuration.attentionSize
    tokens = configuration.tokens
    expansion = Linear("\(name).qkv", layout)
    projection = Linear("\(name).proj", layout)
    qkv = plan.operands(rows: tokens, columns: 3 * size, .subBatch)
    dQKV = plan.operands(rows: tokens, columns: 3 * size, .chunk, backwardOnly: true)
    head = AttentionHead(
      tokens: tokens, size: size, drops: configuration.dropout > 0, &plan)
    self.block = block
    context = plan.operands(rows: tokens, columns: size, .chunk)
    dContext = plan.operands(rows: tokens, columns: size, .chunk, backwardOnly: true)
    output = plan.operands(rows: tokens, columns: configuration.gatedWidth, .chunk)
    padding = Padding(masked: configuration)
    keys = padding == nil ? nil : plan.floats(rows: 1, columns: tokens, .layer)
  }

  /// From `input` (C·N, D) to the result (C·N, H).
  func forward<Element>(
    _ input: Matrix<Element>, _ chunk: Chunk<Element>
  ) throws(ModelError) -> Matrix<Element> {
    expansion.product(input, into: chunk[qkv], chunk)
    chunk.enter(.attention)
    addBias(chunk.weights.matrix(expansion.bias), to: chunk[qkv])
    for (sample, rows) in zip(chunk.samples, input.samples(of: tokens)) {
      head.forward(
        chunk[qkv].rows(rows).attentionInputs(), adding: offsets(of: sample, chunk),
        AttentionHead.Identity(sample: sample, number: block), into: chunk[context].rows(rows),
        chunk)
    }
    projection.product(chunk[context], into: chunk[output], chunk)
    chunk.enter(.attention)
    addBias(chunk.weights.matrix(projection.bias), to: chunk[output])
    try chunk.check(chunk[qkv], expansion.name, "activation")
    try chunk.check(chunk[output], projection.name, "activation")
    return chunk[output]
  }

  /// From the gradient of the result, `dOutput` (C·N, H); adds that of the input to `dInput` (C·N, D), if wanted.
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, addingTo dInput: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) {
    let passesHead = dInput != nil || expansion.learns
    guard passesHead || projection.learns else { return }
    if passesHead {
      projection.inputBackward(dOutput, weights: chunk.operands, into: chunk[dContext], chunk)
    }
    for (sample, rows) in zip(chunk.samples, input.samples(of: tokens)) {
      let inputs = chunk[qkv].rows(rows).attentionInputs()
      let identity = AttentionHead.Identity(sample: sample, number: block)
      head.forward(
        inputs, adding: offsets(of: sample, chunk), identity, into: chunk[context].rows(rows),
        chunk)
      if passesHead {
        head.backward(
          inputs, identity, chunk[dContext].rows(rows),
          into: chunk[dQKV].rows(rows).attentionInputs(), chunk)
      }
    }
    chunk.enter(.attention)
    projection.biasBackward(dOutput, chunk)
    projection.weightBackward(dOutput, input: chunk[context], chunk)
    guard passesHead else { return }
    chunk.enter(.attention)
    expansion.biasBackward(chunk[dQKV], chunk)
    expansion.weightBackward(chunk[dQKV], input: input, chunk)
    guard let dInput else { return }
    chunk.enter(.linear)
    chunk.multiplier.multiply(
      chunk[dQKV], chunk.operands.matrix(expansion.weight), addingTo: dInput)
  }

  /// What is added to the scores of `sample`.
  private func offsets<Element>(
    of sample: Int, _ chunk: Chunk<Element>
  ) -> AttentionHead.Offsets {
    guard let padding, let keys else { return AttentionHead.Offsets() }
    return AttentionHead.Offsets(keys: padding.hideKeys(of: sample, into: chunk[keys], chunk))
  }

  /// The matrix products of a chunk of `samples`: forward, and if `backward` all the way back to the input.
  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    let (rows, passesHead) = (samples * tokens, backward || expansion.learns)
    return expansion.products(rows: rows, backward: backward)
      + projection.products(rows: rows, backward: passesHead)
      + head.products(times: samples, backward: passesHead)
  }
}
