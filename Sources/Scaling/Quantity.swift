package import Configuration
import Platform

/// Numbers with units, as people write them.
package enum Quantity {
  /// The share of a link's bits that is content; the rest are the headers of Ethernet, IP and TCP in frames of 1,500
  /// bytes.
  static let contentShare = 0.94

  private static let bitsPerSecond = [
    "bit": 1.0, "kbit": 1e3, "mbit": 1e6, "gbit": 1e9, "tbit": 1e12,
  ]
  private static let bytesPerSecond = [
    "B/s": 1.0, "kB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9, "TB/s": 1e12,
  ]
  private static let seconds = ["ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0]
  private static let bytes = ["B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12]

  /// Bytes of content that a link carries in a second, in each direction.
  ///
  /// `25gbit` is what a network card is sold with, headers included; `1.5GB/s` is content, as `benchmark --reduction`
  /// and `doctor` measure it.
  ///
  /// - Parameters:
  ///   - text: a number with a unit.
  ///   - option: what it was given for.
  /// - Throws: ``CommandError`` (64) that says which units there are.
  /// - Returns: bytes a second.
  package static func rate(_ text: String, for option: String) throws(CommandError) -> Double {
    if let rate = value(text, bytesPerSecond), rate > 0 { return rate }
    let bits = text.hasSuffix("/s") ? String(text.dropLast(2)) : text
    if let rate = value(bits.lowercased(), bitsPerSecond), rate > 0 {
      return rate / 8 * contentShare
    }
    throw refusal(
      text, option,
      "a rate above 0, as 25gbit (with headers) or 1.5GB/s (content alone); units are "
        + "kbit, mbit, gbit, tbit, kB/s, MB/s, GB/s")
  }

  /// Seconds, as in `10us`.
  ///
  /// - Throws: ``CommandError`` (64) that says which units there are.
  package static func time(_ text: String, for option: String) throws(CommandError) -> Double {
    if text == "0" { return 0 }
    guard let time = value(text, seconds) else {
      throw refusal(text, option, "a time, as 10us or 1.5ms; units are ns, us, ms, s")
    }
    return time
  }

  /// Bytes, as in `256GB`.
  ///
  /// - Throws: ``CommandError`` (64) that says which units there are.
  package static func size(_ text: String, for option: String) throws(CommandError) -> Double {
    guard let size = value(text, bytes), size > 0 else {
      throw refusal(text, option, "a size above 0, as 256GB; units are B, kB, MB, GB, TB")
    }
    return size
  }

  private static func value(_ text: String, _ units: [String: Double]) -> Double? {
    let digits = text.prefix { "0123456789.".contains($0) }
    guard let number = Double(digits), let unit = units[String(text.dropFirst(digits.count))]
    else { return nil }
    let value = number * unit
    return value.isFinite && value < 1e18 ? value : nil
  }

  private static func refusal(_ text: String, _ option: String, _ wanted: String) -> CommandError {
    CommandError("\(option) \(text): is not \(wanted)", exitCode: .usage)
  }
}
