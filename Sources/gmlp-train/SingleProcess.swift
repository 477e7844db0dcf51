import Foundation
import Train

/// A command that works in one process, even if somebody starts it under mpirun.
enum SingleProcess {
  /// Runs `body` on rank zero and ends the process; other ranks end at once.
  static func run(_ body: () throws -> Void) -> Never {
    guard Launcher.rank == 0 else { exit(0) }
    do {
      try body()
      exit(0)
    } catch {
      let error = StartError(describing: error)
      StandardError.write(error.description)
      exit(error.exitCode)
    }
  }
}
