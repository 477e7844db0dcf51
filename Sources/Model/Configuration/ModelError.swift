/// Why a model cannot be made or trained, in one line: the key or the layer, the value, and what to do.
public enum ModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A configuration without a model; `key` is the key in the configuration file, of `[model]` unless it names a table.
  case invalidConfiguration(key: String, value: String, advice: String)

  /// An infinite number or a NaN, found while checking every layer.
  case notFinite(layer: String, quantity: String)

  /// What happened and what to do.
  public var description: String {
    switch self {
    case .invalidConfiguration(let key, let value, let advice):
      "\(key.contains(".") ? key : "model.\(key)") = \(value): \(advice)"
    case .notFinite(let layer, let quantity):
      "\(layer): \(quantity) is not finite; lower the learning rate or check the input"
    }
  }
}

extension ModelConfiguration {
  /// Throws unless `value`, the value of `key`, is a size.
  func requirePositive(_ value: Int, _ key: String) throws(ModelError) {
    try require(
      value > 0 && value <= Self.largestSize, key, "\(value)",
      "must be from 1 to \(Self.largestSize)")
  }

  /// Sizes up to this one cannot overflow the products that the layout computes.
  static let largestSize = 1 << 20

  /// Throws, unless there are random numbers for as many weights as `sizes` make, that `value` of `key` is too large.
  func requireWeights(
    _ sizes: [Int], in layer: String, _ key: String, _ value: String
  ) throws(ModelError) {
    let most = 1 << 32
    try require(
      Self.product(sizes) < most, key, value,
      "makes \(most) weights or more in \(layer); use a smaller size")
  }

  /// The product of positive numbers, or the largest integer where it overflows.
  static func product(_ factors: [Int]) -> Int {
    factors.reduce(1) { product, factor in
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      return overflow ? .max : next
    }
  }

  /// Throws, unless `condition` holds, that `value` is wrong for `key`; `advice` says why.
  func require(
    _ condition: Bool, _ key: String, _ value: String, _ advice: String
  ) throws(ModelError) {
    guard condition else {
      throw .invalidConfiguration(key: key, value: value, advice: advice)
    }
  }
}
