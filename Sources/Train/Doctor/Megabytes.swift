/// An amount for people, in megabytes (10⁶ bytes) or gigabytes: `4.2 MB`, `69.1 GB`.
struct Megabytes: CustomStringConvertible {
  private let bytes: Int

  init(_ bytes: Int) { self.bytes = bytes }

  var description: String {
    let unit = bytes >= 1_000_000_000 ? 1_000_000_000 : 1_000_000
    let tenths = (bytes / (unit / 10))
    return "\(tenths / 10).\(tenths % 10) \(unit == 1_000_000 ? "MB" : "GB")"
  }
}
