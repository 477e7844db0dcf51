public import Kernels
import Randomness

extension Model {
  /// Writes the weights before the first step: a pure function of the seed, the same on every rank.
  ///
  /// Each layer declares how its tensors begin; padding is zero.
  public func initializeWeights(_ weights: FloatBuffer, seed: UInt64) {
    precondition(
      weights.count == layout.count, "\(weights.count) weights for a layout of \(layout.count)")
    weights.zero(0..<weights.count)
    for (number, parameter) in layout.parameters.enumerated() {
      weights.withMutableSpan(parameter.range) { values in
        for index in values.indices {
          values[index] = parameter.initial.value(index, seed: seed, tensor: number)
        }
      }
    }
  }
}
