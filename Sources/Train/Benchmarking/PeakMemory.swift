internal import Foundation

/// The most memory that this process has held at once.
enum PeakMemory {
  /// Bytes of the peak resident set: `VmHWM` of the kernel's own account.
  ///
  /// - Throws: ``StartError`` where `/proc` has no such line.
  static func bytes() throws -> Int {
    let file = "/proc/self/status"
    let text = String(
      decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first,
      let count = Int(kibibytes)
    else {
      throw StartError(
        "\(file): has no line VmHWM; the peak of memory is only known on Linux", exitCode: 70)
    }
    return count * 1_024
  }
}
