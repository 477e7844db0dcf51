import Configuration
import Files
import Foundation
import Platform

/// A process of this host, as `/proc` shows it.
struct RunningProcess {
  /// Its number.
  let number: Int

  /// All of them.
  ///
  /// - Throws: ``CommandError`` where `/proc` cannot be listed.
  static func all() throws(CommandError) -> [RunningProcess] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: "/proc")
        .compactMap { Int($0) }.map(RunningProcess.init(number:))
    } catch {
      throw CommandError("/proc: cannot be listed: \(error.reason)", exitCode: .internalError)
    }
  }

  /// A file of its folder; nil where it has ended meanwhile, or is another user's to read.
  func file(_ name: String) -> String? {
    FileManager.default.contents(atPath: "/proc/\(number)/\(name)").map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Its name, as far as the kernel keeps it.
  var name: String? { file("comm")?.trimmingCharacters(in: .newlines) }

  /// The processors on which it may run, as in `0-3,8`.
  var processors: String? {
    let line = file("status")?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line?.split(whereSeparator: \.isWhitespace).last.map(String.init)
  }

  /// Whether it trains or is a rank of some MPI program.
  var isRank: Bool {
    if name == RunningProcess(number: Int(getpid())).name { return true }
    let variables = file("environ")?.split(separator: "\0") ?? []
    return variables.contains { variable in
      ["OMPI_COMM_WORLD_RANK=", "PMIX_RANK="].contains { variable.hasPrefix($0) }
    }
  }

  /// The ranks of other jobs that are confined to the same single processor as this process.
  ///
  /// - Parameters:
  ///   - processors: those of this process.
  ///   - job: the processes of this job.
  /// - Throws: ``CommandError`` where `/proc` cannot be listed.
  /// - Returns: their names and numbers.
  static func rivals(on processors: String, except job: [Int]) throws(CommandError) -> [String] {
    try all().filter { process in
      !job.contains(process.number) && process.processors == processors && process.isRank
    }.map { "\($0.name ?? "a program") (process \($0.number))" }
  }
}
