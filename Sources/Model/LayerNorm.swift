import Kernels
import Profiling

/// Layer normalisation over the channels with a gain and a bias a channel.
struct LayerNorm: Sendable {
  let name: String
  let weight: Parameter
  let bias: Parameter
  let epsilon: Float

  /// The layer whose tensors are `name.weight` and `name.bias`.
  init(_ name: String, epsilon: Float, _ layout: ParameterLayout) {
    self.name = name
    self.epsilon = epsilon
    weight = layout.require("\(name).weight")
    bias = layout.require("\(name).bias")
  }

  /// Normalises the rows of `input` (R, D); `statistics` (R, 2) is what backward needs.
  func forward<Element, Input: Numeral, Output: Numeral>(
    _ input: Matrix<Input>, statistics: Matrix<Float>, into output: Matrix<Output>,
    _ pass: Pass<Element>
  ) {
    pass.enter(.norm)
    layerNormForward(
      input, gain: pass.weights.matrix(weight), bias: pass.weights.matrix(bias),
      epsilon: epsilon, statistics: statistics, into: output)
  }

  /// The gradients; `adding`: that of the input is added to `dInput`, as behind a shortcut.
  func backward<Element, Input: Numeral>(
    _ dOutput: Matrix<Input>, input: Matrix<Input>, statistics: Matrix<Float>,
    into dInput: Matrix<Input>, adding: Bool, _ pass: Pass<Element>
  ) {
    pass.enter(.norm)
    layerNormBackward(
      dOutput, input: input, statistics: statistics, gain: pass.weights.matrix(weight),
      dGain: pass.gradient.matrix(weight), dBias: pass.gradient.matrix(bias), into: dInput,
      adding: adding)
  }
}
