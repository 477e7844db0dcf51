import Randomness

/// The distribution of a tensor's values before the first step.
enum InitialValues: Equatable {
  case constant(Float)
  case uniform(limit: Double)
  case normal(deviation: Double)
  /// Normal, truncated at two standard deviations of the untruncated distribution.
  case truncatedNormal(deviation: Double)

  /// Xavier's choice for a matrix of (outputs, inputs).
  static func xavierUniform(inputs: Int, outputs: Int) -> InitialValues {
    .uniform(limit: (6 / Double(inputs + outputs)).squareRoot())
  }

  /// A truncated normal of variance 1 / `inputs`.
  static func leCunNormal(inputs: Int) -> InitialValues {
    // The standard deviation of a unit normal truncated at ±2 is 0.8796….
    .truncatedNormal(deviation: (1 / Double(inputs)).squareRoot() / 0.879_625_661_034_239_78)
  }

  /// The same values times `factor`.
  func scaled(by factor: Double) -> InitialValues {
    switch self {
    case .constant(let value): .constant(value * Float(factor))
    case .uniform(let limit): .uniform(limit: limit * factor)
    case .normal(let deviation): .normal(deviation: deviation * factor)
    case .truncatedNormal(let deviation): .truncatedNormal(deviation: deviation * factor)
    }
  }

  /// Element `index` of tensor number `tensor`.
  func value(_ index: Int, seed: UInt64, tensor: Int) -> Float {
    switch self {
    case .constant(let value):
      return value
    case .uniform(let limit):
      let key = RandomKey(seed: seed, purpose: .initialWeights, sample: tensor)
      return Float((2 * Double(key.uniform(index)) - 1) * limit)
    case .normal(let deviation):
      let key = RandomKey(seed: seed, purpose: .initialWeights, sample: tensor)
      return Float(key.normal(index) * deviation)
    case .truncatedNormal(let deviation):
      var attempt = 0
      while true {
        let key = RandomKey(
          seed: seed, purpose: .initialWeights, time: attempt, sample: tensor)
        let normal = key.normal(index)
        if abs(normal) <= 2 { return Float(normal * deviation) }
        attempt += 1
      }
    }
  }
}
