import Comm
import Configuration
import Foundation
import Platform

/// The most memory that this process has held at once.
enum PeakMemory {
  /// The largest peak of any rank; every rank calls it.
  static func bytes(_ communication: CommunicationThread) throws -> Int {
    let own = try bytes()
    return try communication.perform { communicator in
      var peak = [Int64(own)]
      var span = peak.mutableSpan
      try communicator.allReduce(&span, .max)
      return Int(peak[0])
    }
  }

  /// Bytes of the peak resident set: `VmHWM` of the kernel's own account.
  ///
  /// - Throws: ``CommandError`` where `/proc` has no such line.
  private static func bytes() throws -> Int {
    let file = "/proc/self/status"
    let text = String(
      decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first,
      let count = Int(kibibytes)
    else {
      throw CommandError(
        "\(file): has no line VmHWM; the peak of memory is only known on Linux",
        exitCode: .internalError)
    }
    return count * 1_024
  }
}
