/// An amount for people in kilobytes, megabytes (10⁶ bytes) or gigabytes: `4.2 MB`, `69.1 GB`.
struct Megabytes: CustomStringConvertible {
  private let bytes: Int

  init(_ bytes: Int) { self.bytes = bytes }

  var description: String {
    let units = [(1_000_000_000, "GB"), (1_000_000, "MB")]
    let (unit, name) = units.first { bytes >= $0.0 } ?? (1_000, "kB")
    let tenths = bytes / (unit / 10)
    return "\(tenths / 10).\(tenths % 10) \(name)"
  }
}
