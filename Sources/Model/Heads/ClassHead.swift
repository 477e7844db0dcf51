import Batches
import Kernels
import Profiling

/// Normalises the tokens, takes their mean, or the class token where there is one, and projects it to one logit per
/// class.
struct ClassHead: Head {
  private let norm: any Norm
  private let takesClassToken: Bool
  private let projection: Linear
  private let normalized: FloatSlot
  private let dNormalized: FloatSlot
  private let pooled: FloatSlot
  private let dPooled: FloatSlot
  private let logits: FloatSlot

  /// The projection starts at zero, so that the first loss is ln(classes).
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    configuration.norm.tensors("norm", width: configuration.dModel)
      + Linear.tensors(
        "head", [configuration.numClasses, configuration.dModel], weight: .constant(0),
        bias: .constant(0), axes: [.classes, .channels])
  }

  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan
  ) {
    let (tokens, width) = (configuration.tokens, configuration.dModel)
    norm = configuration.norm.init("norm", rows: tokens, .chunk, layout, &plan)
    takesClassToken = configuration.classToken
    projection = Linear("head", layout)
    normalized = plan.floats(rows: tokens, columns: width, .chunk)
    dNormalized = plan.floats(rows: tokens, columns: width, .chunk)
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
      norm.forward(sample[stream], into: sample[normalized], sample)
      pass.enter(.head)
      meanPoolingForward(pooledRows(sample[normalized]), into: sample[pooled])
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
      norm.forward(sample[stream], into: sample[normalized], sample)
      pass.enter(.head)
      if takesClassToken { clear(sample[dNormalized]) }
      meanPoolingBackward(sample[dPooled], into: pooledRows(sample[dNormalized]))
      norm.backward(
        sample[dNormalized], input: sample[stream], into: sample[dStream], adding: false, sample)
    }
    try pass.check(whole[dPooled], projection.name, "gradient")
    try pass.check(whole[dStream], norm.name, "gradient")
  }

  func products(samples: Int, backward: Bool) -> [LayerProduct] {
    projection.products(rows: samples, backward: backward || norm.learns)
  }

  /// The tokens that are averaged.
  private func pooledRows(_ tokens: Matrix<Float>) -> Matrix<Float> {
    takesClassToken ? tokens.rows(0..<1) : tokens
  }
}
