package import TOMLKit

/// A pattern of names, as shells have it: `*` stands for any characters, `?` for any one.
public struct NamePattern: Sendable, Equatable {
  /// The pattern as it is written.
  public let text: String

  /// The pattern `text`.
  public init(_ text: String) {
    self.text = text
  }

  /// Whether the pattern stands for `name`.
  public func matches(_ name: String) -> Bool { slips(in: name) == 0 }

  /// The fewest insertions, deletions and replacements of characters of `name` until the pattern stands for it.
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

  /// The names that are nearest to what the pattern stands for, at most `count`, the nearest first.
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
