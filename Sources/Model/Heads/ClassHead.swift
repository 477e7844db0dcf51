import Batches
import Kernels
import Profiling
import Randomness

/// Normalises the tokens, takes the mean of some, or the first alone, and projects it to one logit per class.
///
/// Images have it with the class token or with all patches, texts with `[CLS]` or with all real tokens. In training
/// channels of a text's mean are dropped.
///
/// - Note: Source of the head of texts: google-research/bert, run_classifier.py, without the pooler that predicting
///   the next sentence would have trained.
struct ClassHead: Head {
  private let norm: any Norm
  private let pooling: TokenPooling
  private let tokens: Int
  private let projection: Linear
  private let normalized: FloatSlot
  private let dNormalized: FloatSlot
  private let pooled: FloatSlot
  private let dPooled: FloatSlot
  private let logits: FloatSlot

  static func labelsPerSample(_ configuration: ModelConfiguration) -> Int { 1 }
  static func labelValues(_ configuration: ModelConfiguration) -> Int { configuration.numClasses }

  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {
    let (classes, dropout) = (configuration.numClasses, configuration.task.dropout)
    try configuration.requirePositive(classes, "num_classes")
    try configuration.requireWeights(
      [configuration.dModel, classes], in: "the head", "num_classes", "\(classes)")
    try configuration.require(
      dropout >= 0 && dropout <= 0.9, "task.dropout", "\(dropout)", "must be from 0 to 0.9")
  }

  /// The projection of images starts at zero, so that the first loss is ln(classes); that of texts near it, as in BERT.
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    let deviation = configuration.classReading.deviation
    return configuration.norm.tensors("norm", width: configuration.dModel)
      + Linear.tensors(
        name, [configuration.numClasses, configuration.dModel],
        weight: deviation > 0 ? .truncatedNormal(deviation: deviation) : .constant(0),
        bias: .constant(0), axes: [.classes, .channels])
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    let width = configuration.dModel
    tokens = configuration.tokens
    pooling = TokenPooling(configuration)
    let read = pooling.count(of: tokens)
    norm = configuration.norm.init("norm", rows: read, .chunk, layout, &plan)
    projection = Linear(Self.name, layout)
    normalized = plan.floats(rows: read, columns: width, .chunk)
    dNormalized = plan.floats(rows: read, columns: width, .chunk)
    pooled = plan.floats(rows: 1, columns: width, .subBatch)
    dPooled = plan.floats(rows: 1, columns: width, .subBatch)
    logits = plan.floats(rows: 1, columns: configuration.numClasses, .subBatch)
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(
    _ stream: FloatSlot, _ pass: Pass<Element>
  ) throws(ModelError) {
    for sample in pass.singles {
      norm.forward(readTokens(sample[stream]), into: sample[normalized], sample)
      pass.enter(.head)
      meanPoolingForward(
        sample[normalized], of: pooling.rows(of: tokens, sample), into: sample[pooled])
      pass.drop(sample[pooled], of: sample.samples.lowerBound, .headDropout, number: 0)
    }
    let whole = pass.whole
    projection.forward(whole[pooled], into: whole[logits], whole)
    try pass.check(whole[pooled], norm.name, "activation")
    try pass.check(whole[logits], projection.name, "activation")
  }

  func logits<Element>(_ pass: Pass<Element>) -> [Float] { pass.whole[logits].values }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func addLoss<Element>(
    of batch: Batch, labelSmoothing: Float, replacingByGradient: Bool,
    to result: inout MicroBatchResult, _ pass: Pass<Element>
  ) {
    pass.enter(.loss)
    let crossEntropy = SoftmaxCrossEntropy(labelSmoothing: labelSmoothing)
    let logits = pass.whole[logits]
    for row in 0..<pass.count {
      let sample = pass.first + row
      let label = Int(batch.labels[sample])
      let partner = batch.partners.isEmpty ? nil : batch.partners[sample]
      result.add(
        crossEntropy(
          logits, row: row, label: label,
          partner: partner.map {
            SoftmaxCrossEntropy.Partner(label: Int($0.label), share: $0.share)
          },
          replacingByGradient: replacingByGradient),
        label: label)
    }
    result.samples += pass.count
  }

  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(
    into dStream: FloatSlot, stream: FloatSlot, needsInput: Bool, _ pass: Pass<Element>
  ) throws(ModelError) {
    pass.enter(.head)
    let whole = pass.whole
    let dLogits = whole[logits]
    projection.biasBackward(dLogits, whole)
    projection.weightBackward(dLogits, input: whole[pooled], whole)
    guard needsInput || norm.learns else { return }
    projection.inputBackward(dLogits, weights: pass.weights, into: whole[dPooled], whole)
    for sample in pass.singles {
      norm.forward(readTokens(sample[stream]), into: sample[normalized], sample)
      pass.enter(.head)
      pass.drop(sample[dPooled], of: sample.samples.lowerBound, .headDropout, number: 0)
      meanPoolingBackward(
        sample[dPooled], of: pooling.rows(of: tokens, sample), into: sample[dNormalized])
      if pooling == .first { clear(sample[dStream]) }
      norm.backward(
        sample[dNormalized], input: readTokens(sample[stream]),
        into: readTokens(sample[dStream]), adding: false, sample)
    }
    try pass.check(whole[dPooled], projection.name, "gradient")
    try pass.check(whole[dStream], norm.name, "gradient")
  }

  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    projection.products(rows: samples, backward: backward || norm.learns)
  }

  /// The tokens of a sample that the norm sees.
  private func readTokens(_ tokens: Matrix<Float>) -> Matrix<Float> {
    tokens.rows(0..<pooling.count(of: tokens.rows))
  }
}
