/// One of the equal layers between stem and head: from tokens to tokens.
protocol Block: Sendable {
  /// The tensors of block number `index` in state-dict order.
  static func tensors(_ index: Int, _ configuration: ModelConfiguration) -> [TensorDeclaration]

  /// Finds its tensors in `layout` and reserves its matrices in `plan`.
  init(
    _ index: Int, _ configuration: ModelConfiguration, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan)

  /// From `input` to `output`, both (S·N, D).
  func forward<Element>(
    _ input: FloatSlot, into output: FloatSlot, _ pass: Pass<Element>) throws(ModelError)

  /// `dStream` (S·N, D) is the gradient of the output on entry and receives that of the input.
  ///
  /// May overwrite what forward saved, but for `input`.
  func backward<Element>(
    _ dStream: FloatSlot, input: FloatSlot, _ pass: Pass<Element>) throws(ModelError)

  /// The matrix products of a chunk of `samples`, forward and backward.
  func products(samples: Int) -> [LayerProduct]
}
