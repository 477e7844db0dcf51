import Batches

/// The first layer of a model: turns samples into tokens.
protocol Stem: Sendable {
  /// The numbers of a sample in a batch, each of four bytes.
  static func inputElements(_ configuration: ModelConfiguration) -> Int

  /// The numbers that tokens of the input may have; empty if nothing is looked up.
  static func vocabulary(_ configuration: ModelConfiguration) -> Range<Int>

  /// Throws ``ModelError/invalidConfiguration(key:value:advice:)`` for the first key that is wrong with this stem.
  static func validate(_ configuration: ModelConfiguration) throws(ModelError)

  /// Traps unless `input` is what this stem reads, for `count` samples.
  static func require(_ input: Batch.Content, count: Int, _ configuration: ModelConfiguration)

  /// Its tensors in state-dict order.
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration]

  /// Finds its tensors in `layout` and reserves its matrices in `plan`.
  init(
    _ configuration: ModelConfiguration, _ layout: ParameterLayout, _ plan: inout ActivationPlan)

  /// Whether backward has a gradient to add: one of its tensors learns.
  var learns: Bool { get }

  /// From the pass's samples to `output` (S·N, D).
  func forward<Element>(into output: FloatSlot, _ pass: Pass<Element>) throws(ModelError)

  /// Adds the gradients of the tensors that learn, given that of the output, `dOutput` (S·N, D).
  func backward<Element>(_ dOutput: FloatSlot, _ pass: Pass<Element>)

  /// The matrix products of a chunk of `samples`, forward and backward.
  func products(samples: Int) -> [LayerProduct]
}

extension Stem {
  static func vocabulary(_ configuration: ModelConfiguration) -> Range<Int> { 0..<0 }
}
