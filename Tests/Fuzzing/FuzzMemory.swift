import Foundation

/// How much memory one input may take.
enum FuzzMemory {
  /// What one small input may take on top of what was held before.
  static let allowance = 64 << 20

  /// Refuses this process more than a gibibyte of addresses on top of what it has.
  ///
  /// Memory that is asked for and never touched does not show in the peak, but where a machine
  /// limits addresses it makes a small file impossible to refuse in good order.
  static func limitAddresses() throws {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      .split(separator: " ").first.flatMap { rlim_t($0) }
    guard let pages else { throw FuzzFinding(description: "/proc/self/statm has no number") }
    let bytes = pages * 4_096 + 1 << 30
    var limit = rlimit(rlim_cur: bytes, rlim_max: bytes)
    guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
      throw FuzzFinding(description: "setrlimit: error \(errno)")
    }
  }
}
