public import Foundation

extension Process {
  /// The path of this program's own file.
  static var programPath: String {
    get throws { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") }
  }

  /// This program once more with `arguments`, not started yet.
  ///
  /// - Parameters:
  ///   - arguments: those after the program's name.
  ///   - ranks: how many of it; from two on mpirun, which is looked for in `PATH`, starts them.
  /// - Throws: what Foundation says where `/proc` is not mounted.
  /// - Returns: the process, whose output and environment can still be chosen.
  public static func program(_ arguments: [String], ranks: Int) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      (ranks > 1 ? ["mpirun", "-n", "\(ranks)"] : []) + [try programPath] + arguments
    return process
  }
}
