package import TOMLKit

/// A factor for all tensors for whose names a pattern stands; written as "pattern=factor".
public struct NameFactor: Sendable, Equatable {
  /// The names.
  public let pattern: NamePattern
  /// What something of theirs is multiplied by.
  public let factor: Double

  /// What `text` says; nil if it is not a pattern, an equals sign and a factor within its bounds.
  public init?(_ text: String) {
    guard let equals = text.lastIndex(of: "="), equals != text.startIndex,
      let factor = Double(text[text.index(after: equals)...]),
      Self.bounds.range.contains(factor)
    else { return nil }
    pattern = NamePattern(String(text[..<equals]))
    self.factor = factor
  }
}

extension NameFactor: SettingValue {
  private static let bounds = Bounds(0...1_000)

  package static var kind: String {
    "a string \"pattern=factor\" with a factor of \(bounds.words)"
  }

  package var toml: String { "\(pattern.text)=\(factor)".toml }

  package init?(toml value: any TOMLValueConvertible) {
    guard let text = String(toml: value) else { return nil }
    self.init(text)
  }
}

extension [NameFactor] {
  /// The factor of the last pattern that stands for `name`; 1 where none does.
  package func factor(of name: String) -> Double {
    last { $0.pattern.matches(name) }?.factor ?? 1
  }
}
