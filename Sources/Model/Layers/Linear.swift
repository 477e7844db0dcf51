import Kernels
import Profiling

/// `y = x·Wᵀ + b` on the rows of x; W is (outputs, inputs), b is (outputs).
///
/// Both operands of a product have one kind of number; `weights` is the buffer that holds W in that kind.
struct Linear: Sendable {
  let name: String
  let weight: Parameter
  let bias: Parameter

  /// Whether one of its tensors learns.
  var learns: Bool { weight.learns || bias.learns }

  /// W (outputs, inputs…), whose axes are `axes`, and b.
  static func tensors(
    _ name: String, _ shape: [Int], weight: InitialValues, bias: InitialValues,
    axes: [TensorAxis] = []
  ) -> [TensorDeclaration] {
    [
      TensorDeclaration("\(name).weight", shape, weight, axes: axes),
      TensorDeclaration("\(name).bias", [shape[0]], bias, axes: Array(axes.prefix(1))),
    ]
  }

  /// W (outputs, inputs) and b, with these initial values.
  static func tensors(
    _ name: String, inputs: Int, outputs: Int, _ values: LinearValues, axes: [TensorAxis] = []
  ) -> [TensorDeclaration] {
    tensors(
      name, [outputs, inputs], weight: values.weight(inputs, outputs), bias: values.bias,
      axes: axes)
  }

  /// The layer whose tensors are `name.weight` and `name.bias`.
  init(_ name: String, _ layout: ParameterLayout) {
    self.name = name
    weight = layout.require("\(name).weight")
    bias = layout.require("\(name).bias")
  }

  /// `output = x·Wᵀ + b` in floats: (R, inputs) to (R, outputs).
  func forward<Element>(
    _ input: Matrix<Float>, into output: Matrix<Float>, _ chunk: Chunk<Element>
  ) {
    chunk.enter(.linear)
    biasForward(chunk.weights.matrix(bias), into: output)
    chunk.multiplier.multiply(input, chunk.weights.matrix(weight).transposed, addingTo: output)
  }

  /// `output = x·Wᵀ`, for a kernel that adds the bias itself: `finish` is called with each part of it.
  func product<Element, Product: Numeral>(
    _ input: Matrix<Element>, into output: Matrix<Product>, _ chunk: Chunk<Element>,
    finishing finish: MatrixPart = { _, _ in }
  ) {
    chunk.enter(.linear)
    chunk.multiplier.multiply(
      input, chunk.operands.matrix(weight).transposed, into: output, finishing: finish)
  }

  /// Adds `dOutputᵀ·input` to the weight's gradient, unless that is frozen.
  func weightBackward<Element, Operand: Numeral>(
    _ dOutput: Matrix<Operand>, input: Matrix<Operand>, _ chunk: Chunk<Element>
  ) {
    guard weight.learns else { return }
    chunk.enter(.linearWeights)
    chunk.multiplier.multiply(
      dOutput.transposed, input, addingTo: chunk.gradient.matrix(weight))
  }

  /// `dInput = dOutput·W`; `prepare` is called with each part of `dOutput` before that is read.
  func inputBackward<Element, Operand: Numeral, Product: Numeral>(
    _ dOutput: Matrix<Operand>, weights: Buffer<Operand>, into dInput: Matrix<Product>,
    _ chunk: Chunk<Element>, preparing prepare: MatrixPart = { _, _ in }
  ) {
    chunk.enter(.linear)
    chunk.multiplier.multiply(
      dOutput, weights.matrix(weight), into: dInput, preparing: prepare)
  }

  /// Adds the sum of the rows of `dOutput` to the bias's gradient, unless that is frozen.
  func biasBackward<Element, Operand: Numeral>(_ dOutput: Matrix<Operand>, _ chunk: Chunk<Element>)
  {
    if bias.learns { Kernels.biasBackward(dOutput, dBias: chunk.gradient.matrix(bias)) }
  }

  /// The products for `rows` rows: the forward one, and those that backward needs.
  ///
  /// - Parameters:
  ///   - rows: of the input.
  ///   - backward: whether the gradient of the input is needed.
  /// - Returns: up to three.
  func products(rows: Int, backward: Bool) -> [LayerProduct] {
    LayerProduct.linear(
      rows: rows, inputs: weight.range.count / weight.shape[0], outputs: weight.shape[0],
      Gradients(input: backward, weights: weight.learns))
  }
}
