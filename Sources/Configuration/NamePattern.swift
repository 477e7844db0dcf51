package import TOMLKit

/// A pattern for names, as in a shell: `*` matches any characters, `?` matches one.
public struct NamePattern: Sendable, Equatable {
  /// The pattern as it is written.
  public let text: String

  /// The pattern `text`.
  public init(_ text: String) {
    self.text = text
  }

  /// Whether the pattern matches `name`.
  public func matches(_ name: String) -> Bool { slips(in: name) == 0 }

  /// The fewest insertions, deletions and replacements of characters of `name` until the pattern matches.
  func slips(in name: String) -> Int {
    let letters = Array(name)
    var before = Array(0...letters.count)
    for sign in text {
      var now = [sign == "*" ? before[0] : before[0] + 1]
      for column in letters.indices {
        let (left, above) = (now[column], before[column + 1])
        if sign == "*" {
          now.append(min(left, above))
        } else {
          let isSame = sign == "?" || sign == letters[column]
          now.append(min(before[column] + (isSame ? 0 : 1), min(left, above) + 1))
        }
      }
      before = now
    }
    return before[letters.count]
  }

  /// The names that are nearest to a match, at most `count`, nearest first.
  func nearest(in names: [String], count: Int) -> [String] {
    let distances = names.map { slips(in: $0) }
    return names.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.prefix(count).map {
      names[$0]
    }
  }
}

extension NamePattern: SettingValue {
  package static var kind: String { "a string, a pattern of names" }

  package var toml: String { text.toml }

  package init?(toml value: any TOMLValueConvertible) {
    guard let text = String(toml: value) else { return nil }
    self.init(text)
  }
}

/// A factor for all tensors whose names match a pattern; written as "pattern=factor".
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
  /// The factor of the last pattern that matches `name`; 1 if none does.
  package func factor(of name: String) -> Double {
    last { $0.pattern.matches(name) }?.factor ?? 1
  }
}
