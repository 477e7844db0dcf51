import Foundation

/// What the kernel tells about processes in /proc.
public enum ProcessTable {
  /// The processes that were started with a variable, given as `NAME=value`.
  public static func processes(withVariable variable: String) -> [Int32] {
    all.filter { environment(of: $0).contains(variable) }
  }

  /// The memory of a process that no file backs, in kilobytes; nil if it has ended.
  public static func privateKilobytes(of process: Int32) -> Int? {
    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data()
    let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("RssAnon:") }
    return line?.split(separator: " ").dropLast().last.flatMap { Int($0) }
  }

  /// The processes whose parent is `parent`.
  static func children(of parent: Int32) -> [Int32] {
    all.filter { Self.parent(of: $0) == parent }
  }

  private static var all: [Int32] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
    } catch {
      preconditionFailure("/proc cannot be read: \(error)")
    }
  }

  /// The processes below `ancestor`: its children, their children and so on.
  static func descendants(of ancestor: Int32) -> [Int32] {
    children(of: ancestor).flatMap { [$0] + descendants(of: $0) }
  }

  /// The variables with which a process was started, as `NAME=value`; none if it has ended.
  static func environment(of process: Int32) -> [String] {
    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/environ") ?? Data()
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func parent(of process: Int32) -> Int32? {
    guard let bytes = FileManager.default.contents(atPath: "/proc/\(process)/stat") else {
      return nil
    }
    // The name, in parentheses, may hold blanks; state and parent follow it.
    let text = String(decoding: bytes, as: UTF8.self)
    let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
    return fields.count > 2 ? Int32(fields[2]) : nil
  }
}
