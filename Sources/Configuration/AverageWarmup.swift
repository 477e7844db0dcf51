package import TOMLKit

/// How the decay of averaged weights begins.
public enum AverageWarmup: Sendable, Equatable {
  /// It is the same from the first update on.
  case none
  /// That of update t, from 1, is at most (1 + t) / (10 + t): as in TensorFlow.
  case counts
  /// That of update t, from 1, is at most 1 - t to the power of -2/3: as in timm.
  case timm
}

/// The first two are what they were called when there was one warm-up.
extension AverageWarmup: SettingValue {
  package static var kind: String { "true, false or \"timm\"" }

  package var toml: String {
    switch self {
    case .none: false.toml
    case .counts: true.toml
    case .timm: "timm".toml
    }
  }

  package init?(toml value: any TOMLValueConvertible) {
    if let isOn = Bool(toml: value) {
      self = isOn ? .counts : .none
    } else if String(toml: value) == "timm" {
      self = .timm
    } else {
      return nil
    }
  }
}
