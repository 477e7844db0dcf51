import Batches
import Kernels

/// The last layer of a model: turns tokens into logits, and computes the loss.
protocol Head: Sendable {
  /// What the names of its own tensors begin with, before a dot.
  static var name: String { get }

  /// The number of labels of a sample.
  static func labelsPerSample(_ configuration: ModelConfiguration) -> Int

  /// The number of values of a label: classes, pieces of the vocabulary, or places in a sequence.
  static func labelValues(_ configuration: ModelConfiguration) -> Int

  /// Whether its products are with the embeddings of the stem, in the numbers of the blocks; other heads have weights
  /// of their own and multiply floats.
  static var multipliesEmbeddings: Bool { get }

  /// Throws ``ModelError/invalidConfiguration(key:value:advice:)`` for the first key that is wrong with this head.
  static func validate(_ configuration: ModelConfiguration) throws(ModelError)

  /// Its tensors in state-dict order.
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration]

  /// Finds its tensors in `layout` and reserves its matrices in `plan`.
  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan)

  /// From the tokens `stream` (S·N, D) to logits, which it keeps.
  func forward<Element>(_ stream: FloatSlot, _ pass: Pass<Element>) throws(ModelError)

  /// The logits that forward kept, row by row.
  func logits<Element>(_ pass: Pass<Element>) -> [Float]

  /// Adds the loss of the pass's samples, which are a part of `batch`, to `result`.
  ///
  /// If `replacingByGradient`, the logits become the gradient of the loss.
  func addLoss<Element>(
    of batch: Batch, labelSmoothing: Float, replacingByGradient: Bool,
    to result: inout MicroBatchResult, _ pass: Pass<Element>)

  /// From the gradient of the logits to that of the tokens, `dStream` (S·N, D), if `needsInput`; adds the gradients of
  /// the tensors that learn.
  func backward<Element>(
    into dStream: FloatSlot, stream: FloatSlot, needsInput: Bool, _ pass: Pass<Element>
  ) throws(ModelError)

  /// The matrix products of a chunk of `samples`: forward, and if `backward` all the way back to the tokens.
  func products(samples: Int, backward: Bool) -> [LayerProduct]
}

extension Head {
  static var name: String { "head" }
  static var multipliesEmbeddings: Bool { false }

  static func validate(_ configuration: ModelConfiguration) throws(ModelError) {}
}
