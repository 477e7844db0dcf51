import Kernels
import Profiling

/// `y = x·Wᵀ + b` on the rows of x; W is (outputs, inputs), b is (outputs).
///
/// The operands of a product are of one kind; `weights` is the buffer that has W in that kind.
struct Linear: Sendable {
  let name: String
  let weight: Parameter
  let bias: Parameter

  /// The layer whose tensors are `name.weight` and `name.bias`.
  init(_ name: String, _ layout: ParameterLayout) {
    self.name = name
    weight = layout.require("\(name).weight")
    bias = layout.require("\(name).bias")
  }

  /// `output = x·Wᵀ + b` in floats: (R, inputs) to (R, outputs).
  func forward<Element>(
    _ input: Matrix<Float>, into output: Matrix<Float>, _ pass: Pass<Element>
  ) {
    pass.enter(.linear)
    biasForward(pass.weights.matrix(bias), into: output)
    pass.multiplier.multiply(input, pass.weights.matrix(weight).transposed, addingTo: output)
  }

  /// `output = x·Wᵀ`, for a kernel that adds the bias by the way.
  func product<Element, Product: Numeral>(
    _ input: Matrix<Element>, into output: Matrix<Product>, _ pass: Pass<Element>
  ) {
    pass.enter(.linear)
    pass.multiplier.multiply(input, pass.operands.matrix(weight).transposed, into: output)
  }

  /// Adds `dOutputᵀ·input` to the weight's gradient.
  func weightBackward<Element, Operand: Numeral>(
    _ dOutput: Matrix<Operand>, input: Matrix<Operand>, _ pass: Pass<Element>
  ) {
    pass.enter(.linearWeights)
    pass.multiplier.multiply(
      dOutput.transposed, input, addingTo: pass.gradient.matrix(weight))
  }

  /// `dInput = dOutput·W`.
  func inputBackward<Element, Operand: Numeral, Product: Numeral>(
    _ dOutput: Matrix<Operand>, weights: Buffer<Operand>, into dInput: Matrix<Product>,
    _ pass: Pass<Element>
  ) {
    pass.enter(.linear)
    pass.multiplier.multiply(dOutput, weights.matrix(weight), into: dInput)
  }
}
