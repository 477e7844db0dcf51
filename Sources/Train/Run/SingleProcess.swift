import Comm
import Configuration
import Files
import Foundation

/// A command that works in one process, even if somebody starts it under mpirun.
package enum SingleProcess {
  /// Runs `body` on rank zero and ends the process; other ranks end at once.
  package static func run(_ body: () throws -> Void) -> Never {
    guard Launcher.rank == 0 else { end(0) }
    do {
      try body()
      if let fault = StandardOutput.finish() { throw fault }
      end(0)
    } catch let error as OutputError {
      end(error.exitCode, message: error.message)
    } catch {
      let error = CommandError(describing: error)
      end(error.exitCode, message: error.description)
    }
  }

  /// Ends the process, after one line on standard error if there is something to tell.
  ///
  /// What libraries do at the exit is left out: threads that they would wait for may hang.
  package static func end(_ code: Int32, message: String? = nil) -> Never {
    if let message { StandardError.write(message) }
    fflush(nil)
    _exit(code)
  }
}
