internal import Foundation

/// What the kernel says that a process does.
enum ProcessState {
  /// The state of `process` for people.
  static func name(of process: Int32) -> String {
    // The name, in parentheses, may hold blanks; the state follows it.
    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data()
    let text = String(decoding: bytes, as: UTF8.self)
    switch text.lastIndex(of: ")").flatMap({ text[$0...].split(separator: " ").dropFirst().first })
    {
    case "T", "t": return "stopped by a signal or a debugger"
    case "D": return "waiting for a disk or a network file system"
    case "Z", "X", nil: return "gone"
    case let state?: return "in state \(state), but its threads do not run"
    }
  }
}
