/// What the model refuses, in one line: which key or layer, which value, what to do.
public enum ModelError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A configuration that makes no model; `key` is the key in the configuration file.
  case invalidConfiguration(key: String, value: String, advice: String)

  /// A number that is infinite or not a number, found while checking every layer.
  case notFinite(layer: String, quantity: String)

  /// What happened and what to do.
  public var description: String {
    switch self {
    case .invalidConfiguration(let key, let value, let advice):
      "model.\(key) = \(value): \(advice)"
    case .notFinite(let layer, let quantity):
      "\(layer): \(quantity) is not finite; lower the learning rate or check the input"
    }
  }
}
