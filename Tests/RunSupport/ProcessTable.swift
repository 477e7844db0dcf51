import Foundation

/// What the kernel tells about processes in /proc.
public enum ProcessTable {
  /// The processes that were started with a variable, given as `NAME=value`.
  ///
  /// - Throws: where /proc cannot be read.
  public static func processes(withVariable variable: String) throws -> [Int32] {
    try all.filter { environment(of: $0).contains(variable) }
  }

  /// The state of a process as one letter, such as `T` where a signal has stopped it; nil if it has ended.
  static func state(of process: Int32) -> Character? {
    fields(of: process)?.first?.first
  }

  /// Whether a signal waits until the process runs again.
  static func hasPendingSignal(_ process: Int32) -> Bool {
    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data()
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .filter { $0.hasPrefix("SigPnd:") || $0.hasPrefix("ShdPnd:") }
      .contains { $0.dropFirst("SigPnd:".count).contains { !"\t0".contains($0) } }
  }

  /// The memory of a process that no file backs, in kilobytes; nil if it has ended.
  public static func privateKilobytes(of process: Int32) -> Int? {
    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data()
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("RssAnon:") }
    return line?.split(separator: " ").dropLast().last.flatMap { Int($0) }
  }

  private static var all: [Int32] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
    }
  }

  /// The variables with which a process was started, as `NAME=value`; none if it has ended.
  static func environment(of process: Int32) -> [String] {
    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  /// What /proc/PID/stat has behind the name: the state, the parent and so on.
  private static func fields(of process: Int32) -> [Substring]? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
      return nil
    }
    // The name, in parentheses, may hold blanks.
    let text = String(decoding: bytes, as: UTF8.self)
    return text.lastIndex(of: ")").map {
      text[text.index(after: $0)...].split(separator: " ")
    }
  }
}
