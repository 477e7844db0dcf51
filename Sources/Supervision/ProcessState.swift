import Foundation

/// What the kernel says that a process does.
package enum ProcessState {
  /// Whether `process` has ended, waited for or not.
  package static func isGone(_ process: Int32) -> Bool {
    ["Z", "X", nil].contains(letter(of: process))
  }

  /// The state of `process` for people.
  package static func name(of process: Int32) -> String {
    switch letter(of: process) {
    case "T", "t": "stopped by a signal or a debugger"
    case "D": "waiting for a disk or a network file system"
    case "Z", "X", nil: "gone"
    case let state?: "in state \(state), but its threads do not run"
    }
  }

  private static func letter(of process: Int32) -> Substring? {
    // The name, in parentheses, may hold blanks; the state follows it.
    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data()
    let text = String(decoding: bytes, as: UTF8.self)
    return text.lastIndex(of: ")").flatMap { text[$0...].split(separator: " ").dropFirst().first }
  }
}
