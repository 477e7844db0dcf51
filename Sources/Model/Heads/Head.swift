import Kernels

/// The last layer of a model: makes tokens into logits, and has the loss.
protocol Head: Sendable {
  /// Its tensors in state-dict order.
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration]

  /// Finds its tensors in `layout` and reserves its matrices in `plan`.
  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan)

  /// From the tokens `stream` (S·N, D) to logits, which it keeps.
  func forward<Element>(_ stream: FloatSlot, _ pass: Pass<Element>) throws(ModelError)

  /// The logits that forward kept, row by row.
  func logits<Element>(_ pass: Pass<Element>) -> [Float]

  /// Adds the pass's samples to `result`; labels are told by their place in the micro-batch.
  ///
  /// If `replacingByGradient`, the logits become the gradient of the loss. Images that are mixed with others have
  /// those as `partners`; text has none.
  func addLoss<Element>(
    of labels: Span<Int32>, partners: [SoftmaxCrossEntropy.Partner], labelSmoothing: Float,
    replacingByGradient: Bool,
    to result: inout MicroBatchResult, _ pass: Pass<Element>)

  /// From the gradient of the logits to that of the tokens, `dStream` (S·N, D), if somebody `needsInput`; adds the
  /// gradients of the tensors that learn.
  func backward<Element>(
    into dStream: FloatSlot, stream: FloatSlot, needsInput: Bool, _ pass: Pass<Element>
  ) throws(ModelError)

  /// The matrix products of a chunk of `samples`: forward, and if `backward` all the way back to the tokens.
  func products(samples: Int, backward: Bool) -> [LayerProduct]
}
