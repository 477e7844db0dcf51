import Foundation

/// How numbers are written for people.
enum Numbers {
  /// A whole number with its thousands apart: 5,867,328.
  static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var text = number < 0 ? "-" : ""
    for (place, digit) in digits.enumerated() {
      if place > 0 && (digits.count - place).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return text
  }

  /// A number of things, grouped: `1 sample`, `1,797 samples`.
  static func counted(_ number: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(grouped(number)) \(number == 1 ? noun : plural ?? noun + "s")"
  }

  /// A model's parameters, and how many of them learn if others are frozen: 5,867,328, of which 5,130 learn.
  static func parameters(_ number: Int, learning: Int) -> String {
    grouped(number) + (learning == number ? "" : ", of which \(grouped(learning)) learn")
  }

  /// A large number in millions or thousands of millions: 1.329 G.
  static func scaled(_ number: Int) -> String {
    number >= 1_000_000_000
      ? String(format: "%.3f G", Double(number) / 1e9)
      : String(format: "%.3f M", Double(number) / 1e6)
  }

  /// Bytes in megabytes (10⁶): 24.7 MB.
  static func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f MB", Double(bytes) / 1e6)
  }

  /// A number with one place behind the point: 13.3.
  static func decimal(_ number: Double) -> String {
    String(format: "%.1f", number)
  }

  /// A loss in nats: 0.1234.
  static func loss(_ loss: Double) -> String {
    String(format: "%.4f", loss)
  }

  /// A share of 1 in per cent.
  static func percent(_ share: Double) -> String {
    String(format: "%.2f %%", 100 * share)
  }

  /// A line of a table: a name, and cells whose right ends are under each other.
  static func row(_ name: String, _ cells: [String]) -> String {
    let start = name + String(repeating: " ", count: max(0, 34 - name.count))
    let line = cells.reduce(start) { line, cell in
      line + String(repeating: " ", count: max(1, 14 - cell.count)) + cell
    }
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
}
