import Batches
import Kernels
import Profiling

/// Normalises the tokens and gives each of them two logits: that a span begins with it, and that it ends with it.
///
/// Two softmaxes go over all N tokens of a sequence, padding and question included. A sample has two labels, the first
/// and the last token of its span; the loss is a sum over both, and so its mean over labels is `(CE_start + CE_end) / 2`.
///
/// - Note: Source: google-research/bert, run_squad.py.
struct SpanHead: Head {
  /// The first token of a span, and its last.
  private static let ends = 2

  private let norm: any Norm
  private let projection: Linear
  private let tokens: Int

  private let normalized: FloatSlot
  private let dNormalized: FloatSlot

  /// (S·2, N), for each sample a row of starts and one of ends; its gradient overwrites it.
  private let logits: FloatSlot

  static func labelsPerSample(_ configuration: ModelConfiguration) -> Int { ends }
  static func labelValues(_ configuration: ModelConfiguration) -> Int { configuration.tokens }

  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    configuration.norm.tensors("norm", width: configuration.dModel)
      + Linear.tensors(name, inputs: configuration.dModel, outputs: ends, .bert)
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    let width = configuration.dModel
    tokens = configuration.tokens
    norm = configuration.norm.init("norm", rows: tokens, .chunk, layout, &plan)
    projection = Linear(Self.name, layout)
    normalized = plan.floats(rows: tokens, columns: width, .chunk)
    dNormalized = plan.floats(rows: tokens, columns: width, .chunk)
    logits = plan.floats(rows: Self.ends, columns: tokens, .subBatch)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ stream: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    let weight = pass.weights.matrix(projection.weight)
    let bias = pass.weights.matrix(projection.bias)
    for sample in pass.singles {
      norm.forward(sample[stream], into: sample[normalized], sample)
      pass.enter(.linear)
      sample.multiplier.multiply(weight, sample[normalized].transposed, into: sample[logits])
      pass.enter(.head)
      // Of two rows in place of one for each token.
      spatialSumForward(gate: sample[logits], bias: bias, into: sample[logits])
      try sample.check(sample[normalized], norm.name, "activation")
    }
    try pass.check(pass.whole[logits], projection.name, "activation")
  }

  func logits<Element>(_ pass: Pass<Element>) -> [Float] { pass.whole[logits].values }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func addLoss<Element>(
    of batch: Batch, labelSmoothing: Float, replacingByGradient: Bool,
    to result: inout MicroBatchResult, _ pass: Pass<Element>
  ) {
    precondition(batch.partners.isEmpty, "tokens of text that are mixed with others")
    pass.enter(.loss)
    let crossEntropy = SoftmaxCrossEntropy(labelSmoothing: labelSmoothing)
    let logits = pass.whole[logits]
    for sample in 0..<pass.count {
      func outcome(_ end: Int) -> SoftmaxCrossEntropy.Outcome {
        crossEntropy(
          logits, row: Self.ends * sample + end,
          label: Int(batch.labels[Self.ends * (pass.first + sample) + end]),
          replacingByGradient: replacingByGradient)
      }
      result.add(start: outcome(0), end: outcome(1))
    }
    result.samples += pass.count
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    into dStream: FloatSlot, stream: FloatSlot, needsInput: Bool, _ pass: Pass<Element>
  ) throws(ModelError) {
    for sample in pass.singles {
      let dLogits = sample[logits]
      if projection.bias.learns {
        pass.enter(.head)
        spatialSumBackward(
          dLogits, dGate: dLogits, dBias: pass.gradient.matrix(projection.bias))
      }
      let goesOn = needsInput || norm.learns
      if goesOn || projection.weight.learns {
        norm.forward(sample[stream], into: sample[normalized], sample)
      }
      projection.weightBackward(dLogits.transposed, input: sample[normalized], sample)
      guard goesOn else { continue }
      projection.inputBackward(
        dLogits.transposed, weights: pass.weights, into: sample[dNormalized], sample)
      norm.backward(
        sample[dNormalized], input: sample[stream], into: sample[dStream], adding: false, sample)
      try sample.check(sample[dNormalized], projection.name, "gradient")
      try sample.check(sample[dStream], norm.name, "gradient")
    }
  }

  /// Each sample has products of its own, whose small side are the two ends.
  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    let width = projection.weight.shape[1]
    func product(
      _ rows: Int, _ columns: Int, terms: Int, _ phase: Phase, leftIsTransposed: Bool = false
    ) -> LayerProduct {
      LayerProduct(
        product: MatrixProduct(
          rows: rows, columns: columns, terms: terms, leftIsTransposed: leftIsTransposed,
          rightIsTransposed: phase == .forward(.linear), adds: phase == .backward(.linearWeights)),
        times: samples, phase: phase)
    }
    return Gradients(input: backward || norm.learns, weights: projection.weight.learns).needed([
      product(Self.ends, tokens, terms: width, .forward(.linear)),
      product(tokens, width, terms: Self.ends, .backward(.linear), leftIsTransposed: true),
      product(Self.ends, width, terms: tokens, .backward(.linearWeights)),
    ])
  }
}
