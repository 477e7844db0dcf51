import Kernels
import Profiling

/// The attention of a Transformer: several heads whose contexts are projected back to the stream.
///
/// It keeps q, k and v (S·N, 3D), q and k turned where positions are rotary. Padding tokens are not keys.
///
/// - Note: Source: Vaswani et al., "Attention Is All You Need", arXiv:1706.03762; named as in timm.
struct SelfAttention: Branch {
  private let expansion: Linear
  private let projection: Linear
  private let head: AttentionHead
  private let relative: RelativeBias?
  private let rotary: RotaryTable?
  private let block: Int
  private let heads: Int
  private let tokens: Int
  private let padding: Padding?

  private let qkv: OperandSlot
  private let dQKV: OperandSlot
  private let context: OperandSlot
  private let dContext: OperandSlot

  /// What is added to the scores of each key of a sample, (1, N).
  private let keys: FloatSlot

  var outputBias: Parameter? { projection.bias }
  var outputName: String { projection.name }

  /// Whether a tensor learns whose gradient passes through the heads.
  private var learnsBelowHeads: Bool { expansion.learns || relative?.learns == true }

  static func tensors(_ part: BlockPart, _ configuration: ModelConfiguration)
    -> [TensorDeclaration]
  {
    let width = configuration.dModel
    return Linear.tensors(
      "\(part.branchName).qkv", inputs: width, outputs: 3 * width, part.values)
      + Linear.tensors(
        "\(part.branchName).proj", inputs: width, outputs: width,
        part.outputValues(configuration))
  }

  init(
    _ part: BlockPart, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    let width = configuration.dModel
    block = part.block
    heads = configuration.numHeads
    tokens = configuration.tokens
    padding = Padding(configuration)
    expansion = Linear("\(part.branchName).qkv", layout)
    projection = Linear("\(part.branchName).proj", layout)
    head = AttentionHead(
      tokens: tokens, size: width / heads, drops: configuration.dropout > 0, &plan)
    relative =
      configuration.positions == .relative ? RelativeBias(configuration, layout, &plan) : nil
    rotary =
      configuration.positions == .rotary
      ? plan.rotaryTable(tokens: tokens, size: width / heads) : nil
    qkv = plan.operands(rows: tokens, columns: 3 * width, .subBatch)
    dQKV = plan.operands(rows: tokens, columns: 3 * width, .chunk, backwardOnly: true)
    context = plan.operands(rows: tokens, columns: width, .chunk)
    dContext = plan.operands(rows: tokens, columns: width, .chunk, backwardOnly: true)
    keys = plan.floats(rows: 1, columns: tokens, .layer)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ input: Matrix<Element>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) throws(ModelError) {
    expansion.product(input, into: chunk[qkv], chunk)
    chunk.enter(.attention)
    addBias(chunk.weights.matrix(expansion.bias), to: chunk[qkv])
    if let rotary { turn(chunk[qkv]) { rotaryForward($0, rotary) } }
    relative?.prepare(chunk)
    for (sample, rows) in zip(chunk.samples, input.samples(of: tokens)) {
      let keys = padding?.hideKeys(of: sample, into: chunk[self.keys], chunk)
      for index in 0..<heads { attend(index, sample, rows, keys, chunk) }
    }
    projection.product(chunk[context], into: output, chunk)
    try chunk.check(chunk[qkv], expansion.name, "activation")
    try chunk.check(chunk[context], projection.name, "activation")
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    _ dOutput: Matrix<Element>, input: Matrix<Element>, into dInput: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) throws(ModelError) {
    let passesHeads = dInput != nil || learnsBelowHeads
    if passesHeads {
      projection.inputBackward(dOutput, weights: chunk.operands, into: chunk[dContext], chunk)
    }
    relative?.prepare(chunk)
    for (sample, rows) in zip(chunk.samples, input.samples(of: tokens)) {
      let keys = padding?.hideKeys(of: sample, into: chunk[self.keys], chunk)
      for index in 0..<heads {
        attend(index, sample, rows, keys, chunk)
        guard passesHeads else { continue }
        let dScores = head.backward(
          chunk[qkv].rows(rows).attentionInputs(head: index, of: heads),
          identity(index, sample), columns(of: index, chunk[dContext].rows(rows)),
          into: chunk[dQKV].rows(rows).attentionInputs(head: index, of: heads), chunk)
        relative?.add(dScores, head: index, chunk)
      }
    }
    projection.weightBackward(dOutput, input: chunk[context], chunk)
    guard passesHeads else { return }
    relative?.endGradient(scale: head.scale, chunk)
    chunk.enter(.attention)
    if let rotary { turn(chunk[dQKV]) { rotaryBackward($0, rotary) } }
    expansion.biasBackward(chunk[dQKV], chunk)
    expansion.weightBackward(chunk[dQKV], input: input, chunk)
    if let dInput {
      expansion.inputBackward(chunk[dQKV], weights: chunk.operands, into: dInput, chunk)
    }
    try chunk.check(chunk[dQKV], expansion.name, "gradient")
  }

  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    let (rows, passesHeads) = (samples * tokens, backward || learnsBelowHeads)
    return expansion.products(rows: rows, backward: backward)
      + projection.products(rows: rows, backward: passesHeads)
      + head.products(times: samples * heads, backward: passesHeads)
  }

  /// The context of head `index` of `sample`, whose tokens lie in `rows`.
  private func attend<Element>(
    _ index: Int, _ sample: Int, _ rows: Range<Int>, _ keys: Matrix<Float>?,
    _ chunk: Chunk<Element>
  ) {
    head.forward(
      chunk[qkv].rows(rows).attentionInputs(head: index, of: heads),
      adding: AttentionHead.Offsets(distances: relative?.bias(of: index, chunk), keys: keys),
      identity(index, sample), into: columns(of: index, chunk[context].rows(rows)), chunk)
  }

  private func identity(_ index: Int, _ sample: Int) -> AttentionHead.Identity {
    AttentionHead.Identity(sample: sample, number: block * heads + index)
  }

  private func columns<Element>(of index: Int, _ matrix: Matrix<Element>) -> Matrix<Element> {
    let size = matrix.columns / heads
    return matrix.columns((index * size)..<((index + 1) * size))
  }

  /// Calls `body` with the queries and with the keys (N, A) of every sample and head of `qkv` (C·N, 3D).
  private func turn<Element>(_ qkv: Matrix<Element>, _ body: (Matrix<Element>) -> Void) {
    for rows in qkv.samples(of: tokens) {
      for index in 0..<heads {
        let inputs = qkv.rows(rows).attentionInputs(head: index, of: heads)
        body(inputs.q)
        body(inputs.k)
      }
    }
  }
}
