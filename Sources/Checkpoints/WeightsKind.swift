/// The weights that a checkpoint may hold.
public enum WeightsKind: String, Codable, CodingKeyRepresentable, CaseIterable, Sendable {
  /// Those that the optimizer updates.
  case weights
  /// Their moving average, where one is kept.
  case averaged = "averaged_weights"

  /// The file of a checkpoint that holds them.
  public var file: String {
    switch self {
    case .weights: "model.safetensors"
    case .averaged: "ema.safetensors"
    }
  }

  /// What people are told: `weights` or `averaged weights`.
  public var words: String {
    switch self {
    case .weights: "weights"
    case .averaged: "averaged weights"
    }
  }

  /// The link that points at the checkpoint whose weights of this kind were the best.
  var bestLink: String {
    switch self {
    case .weights: "best"
    case .averaged: "best-averaged"
    }
  }

  /// The name under which that link is made.
  var temporaryLink: String { ".\(bestLink).link" }
}
