import Kernels

/// `y = x·Wᵀ + b` on the rows of x; W is (outputs, inputs), b is (outputs).
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

  /// `output = x·Wᵀ + b`: (R, inputs) to (R, outputs).
  func forward(_ input: Matrix, into output: Matrix, _ pass: Pass) {
    biasForward(pass.weights.matrix(bias), into: output)
    gemm(input, pass.weights.matrix(weight).transposed, addingTo: output)
  }

  /// `output = x·Wᵀ`, for a kernel that adds the bias by the way.
  func product(_ input: Matrix, into output: Matrix, _ pass: Pass) {
    gemm(input, pass.weights.matrix(weight).transposed, into: output)
  }

  /// Adds `dOutputᵀ·input` to the weight's gradient.
  func weightBackward(_ dOutput: Matrix, input: Matrix, _ pass: Pass) {
    gemm(dOutput.transposed, input, addingTo: pass.gradient.matrix(weight))
  }

  /// `dInput = dOutput·W`.
  func inputBackward(_ dOutput: Matrix, into dInput: Matrix, _ pass: Pass) {
    gemm(dOutput, pass.weights.matrix(weight), into: dInput)
  }
}
