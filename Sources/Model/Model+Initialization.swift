public import Kernels
import Randomness

extension Model {
  /// Writes the weights before the first step: a pure function of the seed, the same on every rank.
  ///
  /// As timm: fc1 and fc2 Xavier-uniform with biases N(0, 10⁻⁶), the gate's matrix N(0, 10⁻⁶) with
  /// bias 1, so that a block starts as a plain MLP; gains 1; the stem truncated normal, variance
  /// 1 / fan-in; the head zero, so that the first loss is ln(classes). Padding is zero.
  public func initializeWeights(_ weights: FloatBuffer, seed: UInt64) {
    precondition(
      weights.count == layout.count, "\(weights.count) weights for a layout of \(layout.count)")
    weights.zero(0..<weights.count)
    for (number, parameter) in layout.parameters.enumerated() {
      let draw = InitialValues(parameter)
      weights.withMutableSpan(parameter.range) { values in
        for index in values.indices {
          values[index] = draw.value(index, seed: seed, tensor: number)
        }
      }
    }
  }
}
