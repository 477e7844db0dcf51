import Configuration
import Foundation
import Mathematics
import Randomness
import TOMLKit

/// The numbers among which a random search draws: `{ from = 1e-4, to = 1e-2, scale = "log" }`.
struct SweepRange: Equatable {
  /// The lowest number.
  let from: Double
  /// The highest number.
  let to: Double
  /// Whether numbers of one ratio are equally likely, and not those of one difference.
  let isLogarithmic: Bool
  /// Whether only whole numbers are drawn: both ends are written as such.
  let isWhole: Bool

  /// The largest size of a number; whole ones up to it are exact.
  private static let greatest = 1e12

  /// Reads a range.
  ///
  /// - Parameters:
  ///   - table: what the file has.
  ///   - origin: begins the messages.
  /// - Throws: ``ConfigurationError``.
  init(_ table: TOMLTable, _ origin: String) throws(ConfigurationError) {
    let known = ["from", "to", "scale"]
    for key in table.keys where !known.contains(key) {
      throw ConfigurationError(
        "\(origin): unknown \(key); \(suggestion(for: key, among: known, called: "the words here"))"
      )
    }
    guard let low = table["from"], let high = table["to"], let from = Double(toml: low),
      let to = Double(toml: high), from < to, max(abs(from), abs(to)) <= Self.greatest
    else {
      throw ConfigurationError(
        "\(origin): write two numbers, the smaller one first, as in { from = 1e-4, to = 1e-2 }")
    }
    var scale = "linear"
    if let written = table["scale"] { scale = String(toml: written) ?? "" }
    switch scale {
    case "linear": isLogarithmic = false
    case "log":
      guard from > 0 else {
        throw ConfigurationError("\(origin): scale = \"log\" needs from above 0")
      }
      isLogarithmic = true
    default:
      throw ConfigurationError("\(origin): scale must be \"linear\" or \"log\"")
    }
    (self.from, self.to) = (from, to)
    isWhole = Int(toml: low) != nil && Int(toml: high) != nil
  }

  /// A number of the range, as TOML; others than whole ones have four significant digits.
  func value(_ key: RandomKey) -> String {
    let words = key.words(0)
    let share = (Double(words.x) + Double(words.y) * 0x1p-32) * 0x1p-32
    // A whole number stands for all that are rounded down to it.
    let end = isWhole ? to + 1 : to
    let drawn =
      isLogarithmic
      ? exponential(logarithm(from) + share * (logarithm(end) - logarithm(from)))
      : from + share * (end - from)
    if isWhole { return String(Int(min(to, max(from, drawn.rounded(.down))))) }
    let text = String(format: "%.4g", drawn)
    guard let rounded = Double(text), rounded < from || rounded > to else { return text }
    return rounded < from ? from.toml : to.toml
  }
}
