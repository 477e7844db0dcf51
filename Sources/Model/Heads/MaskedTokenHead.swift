import Batches
import Kernels
import Profiling

/// Normalises the hidden tokens and multiplies each by every embedding: one logit per piece of the vocabulary, for the
/// hidden tokens only.
///
/// The products are in the model's precision, and the logits too; the loss sums in fp32. All hidden
/// tokens of a sub-batch go through them at once, because no cache holds the table of embeddings.
struct MaskedTokenHead: Head {
  static var multipliesEmbeddings: Bool { true }

  private static var bias: String { "\(name).bias" }

  private let norm: any Norm
  private let embedding: Parameter
  private let bias: Parameter?
  private let tokens: Int
  private let predictions: Int

  /// The hidden tokens before and after the norm, (S·P, D).
  private let gathered: FloatSlot
  private let normalized: OperandSlot
  private let dNormalized: FloatSlot
  private let dGathered: FloatSlot

  /// (S·P, vocabulary); its gradient overwrites it.
  private let logits: OperandSlot

  static func labelsPerSample(_ configuration: ModelConfiguration) -> Int {
    configuration.predictions
  }

  static func labelValues(_ configuration: ModelConfiguration) -> Int {
    configuration.vocabularySize
  }

  /// The stem declares the embeddings.
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    configuration.norm.tensors("norm", width: configuration.dModel)
      + (configuration.outputBias
        ? [TensorDeclaration(bias, [configuration.vocabularySize], .constant(0))] : [])
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    let width = configuration.dModel
    tokens = configuration.tokens
    predictions = configuration.predictions
    norm = configuration.norm.init("norm", rows: predictions, .subBatch, layout, &plan)
    embedding = layout.require(TokenStem.embedding)
    bias = configuration.outputBias ? layout.require(Self.bias) : nil
    gathered = plan.floats(rows: predictions, columns: width, .subBatch)
    normalized = plan.operands(rows: predictions, columns: width, .subBatch)
    dNormalized = plan.floats(rows: predictions, columns: width, .subBatch)
    dGathered = plan.floats(rows: predictions, columns: width, .subBatch)
    logits = plan.operands(
      rows: predictions, columns: configuration.vocabularySize, .subBatch)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ stream: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    let (positions, whole) = (pass.text.positions, pass.whole)
    pass.enter(.head)
    for sample in pass.singles {
      gatherRows(
        of: sample[stream], positions.span, from: firstPosition(sample), into: sample[gathered])
    }
    norm.forward(whole[gathered], into: whole[normalized], whole)
    pass.enter(.linear)
    whole.multiplier.multiply(
      whole[normalized], pass.operands.matrix(embedding).transposed, into: whole[logits])
    if let bias {
      pass.enter(.head)
      addBias(pass.weights.matrix(bias), to: whole[logits])
    }
    try pass.check(whole[normalized], norm.name, "activation")
    try pass.check(whole[logits], Self.name, "activation")
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
    let crossEntropy = VocabularyCrossEntropy(labelSmoothing: labelSmoothing)
    let logits = pass.whole[logits]
    for row in 0..<logits.rows {
      let label = batch.labels[pass.first * predictions + row]
      if label != Batch.ignoredLabel {
        result.add(
          crossEntropy(
            logits, row: row, label: Int(label), replacingByGradient: replacingByGradient),
          label: Int(label))
      } else if replacingByGradient {
        clear(logits.rows(row..<(row + 1)))
      }
    }
    result.samples += pass.count
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    into dStream: FloatSlot, stream: FloatSlot, needsInput: Bool, _ pass: Pass<Element>
  ) throws(ModelError) {
    let (positions, whole) = (pass.text.positions, pass.whole)
    let dLogits = whole[logits]
    if let bias, bias.learns {
      pass.enter(.head)
      biasBackward(dLogits, dBias: pass.gradient.matrix(bias))
    }
    if embedding.learns {
      pass.enter(.linearWeights)
      whole.multiplier.multiply(
        dLogits.transposed, whole[normalized], addingTo: pass.gradient.matrix(embedding))
    }
    guard needsInput || norm.learns else { return }
    pass.enter(.linear)
    whole.multiplier.multiply(
      dLogits, pass.operands.matrix(embedding), into: whole[dNormalized])
    norm.backward(
      whole[dNormalized], input: whole[gathered], into: whole[dGathered], adding: false, whole)
    pass.enter(.head)
    clear(whole[dStream])
    for sample in pass.singles {
      scatterRows(
        sample[dGathered], positions.span, from: firstPosition(sample), addingTo: sample[dStream])
    }
    try pass.check(whole[dNormalized], Self.name, "gradient")
    try pass.check(whole[dStream], norm.name, "gradient")
  }

  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    LayerProduct.linear(
      rows: samples * predictions, inputs: embedding.shape[1], outputs: embedding.shape[0],
      Gradients(input: backward || norm.learns, weights: embedding.learns))
  }

  /// Where the positions of a chunk of one sample begin.
  private func firstPosition<Element>(_ sample: Chunk<Element>) -> Int {
    (sample.pass.first + sample.samples.lowerBound) * predictions
  }
}
