public import Model
package import TOMLKit

/// What `train.precision` says: a precision, or that the processor decides.
///
/// `auto` is settled where it is read. What is written and compared is the precision that it came to.
public struct PrecisionChoice: Sendable, Equatable {
  /// What is computed with.
  public var precision: Precision
  /// Whether the processor has decided.
  public var isAutomatic: Bool

  /// The given precision.
  public init(_ precision: Precision) {
    (self.precision, isAutomatic) = (precision, false)
  }

  /// What the processor multiplies faster.
  public static var automatic: PrecisionChoice {
    var choice = PrecisionChoice(BFloat16Speed.here == .faster ? .bf16 : .fp32)
    choice.isAutomatic = true
    return choice
  }
}

extension PrecisionChoice: SettingValue {
  private static let automaticName = "auto"

  package static var kind: String {
    "one of "
      + (Precision.allCases.map(\.rawValue) + [automaticName]).map(\.toml).joined(separator: ", ")
  }

  package var toml: String { precision.rawValue.toml }

  package init?(toml value: any TOMLValueConvertible) {
    guard let name = String(toml: value) else { return nil }
    if name == Self.automaticName {
      self = .automatic
    } else if let precision = Precision(rawValue: name) {
      self.init(precision)
    } else {
      return nil
    }
  }
}
