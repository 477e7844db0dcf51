import Kernels
import Profiling

/// Layer normalisation over the channels, with one gain and one bias per channel.
struct LayerNorm: Norm {
  let name: String
  let weight: Parameter
  let bias: Parameter
  let epsilon: Float

  /// The mean and the inverse deviation of each row, for backward.
  private let statistics: FloatSlot
  private let dWeight: GradientSlot
  private let dBias: GradientSlot

  var learns: Bool { weight.learns || bias.learns }

  /// Gains start at 1, biases at 0.
  static func tensors(_ name: String, width: Int) -> [TensorDeclaration] {
    [
      TensorDeclaration("\(name).weight", [width], .constant(1)),
      TensorDeclaration("\(name).bias", [width], .constant(0)),
    ]
  }

  /// The layer whose tensors are `name.weight` and `name.bias`.
  ///
  /// - Parameters:
  ///   - name: the layer's name.
  ///   - epsilon: added to the variance.
  ///   - rows: the rows of each sample that it normalises.
  ///   - extent: how long the statistics have to last for backward.
  ///   - layout: where the tensors lie.
  ///   - plan: receives the statistics.
  init(
    _ name: String, epsilon: Float, rows: Int, _ extent: Extent, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    self.name = name
    self.epsilon = epsilon
    weight = layout.require("\(name).weight")
    bias = layout.require("\(name).bias")
    statistics = plan.floats(rows: rows, columns: 2, extent)
    dWeight = GradientSlot(weight, &plan)
    dBias = GradientSlot(bias, &plan)
  }

  /// The layer with the ε of blocks and heads.
  init(
    _ name: String, rows: Int, _ extent: Extent, _ layout: ParameterLayout,
    _ plan: inout ActivationPlan
  ) {
    self.init(name, epsilon: 1e-6, rows: rows, extent, layout, &plan)
  }

  /// Normalises the rows of `input` (R, D), which are those of the chunk's samples.
  @specialized(where Element == Float, Input == Float, Output == Float)
  @specialized(where Element == BFloat16, Input == Float, Output == Float)
  @specialized(where Element == BFloat16, Input == Float, Output == BFloat16)
  func forward<Element, Input: Numeral, Output: Numeral>(
    _ input: Matrix<Input>, into output: Matrix<Output>, _ chunk: Chunk<Element>
  ) {
    chunk.enter(.norm)
    layerNormForward(
      input, gain: chunk.weights.matrix(weight), bias: chunk.weights.matrix(bias),
      epsilon: epsilon, statistics: chunk[statistics], into: output)
  }

  /// The gradients; if `adding`, that of the input is added to `dInput`, as after a shortcut.
  @specialized(where Element == Float, Input == Float)
  @specialized(where Element == BFloat16, Input == Float)
  func backward<Element, Input: Numeral>(
    _ dOutput: Matrix<Input>, input: Matrix<Input>, into dInput: Matrix<Input>, adding: Bool,
    _ chunk: Chunk<Element>
  ) {
    chunk.enter(.norm)
    layerNormBackward(
      dOutput, input: input, statistics: chunk[statistics], gain: chunk.weights.matrix(weight),
      dGain: chunk[dWeight], dBias: chunk[dBias], into: dInput, adding: adding)
  }
}
