public import Comm
import Configuration
import Files
import Foundation
package import Platform

/// The ranks of this run, from the first message between them to their common end.
public enum World {
  /// Starts the ranks, runs `body` on each of them and ends them together.
  ///
  /// Does not return. What is thrown becomes one line on standard error and an exit code.
  ///
  /// - Parameters:
  ///   - computeThreads: threads of this rank that compute.
  ///   - body: gives the exit code. All ranks throw a `CommandError` alike, and a ``TrainingError``
  ///     that is common; any other error is this rank's own and ends the others too.
  public static func run(
    computeThreads: Int, _ body: (CommunicationThread) throws -> Int32
  ) -> Never {
    let communication: CommunicationThread
    do {
      communication = try CommunicationThread(
        LaunchEnvironment(), computeThreads: computeThreads)
    } catch let error as LaunchError {
      SingleProcess.end(error.exitCode, message: Launcher.rank == 0 ? "\(error)" : nil)
    } catch {
      SingleProcess.end(.internalError, message: "\(error)")
    }
    do {
      let code = try body(communication)
      if code == 0, let fault = StandardOutput.finish() { throw fault }
      communication.endTogether(code: code)
    } catch let error as OutputError {
      // Rank zero gives its result after all that the ranks do together.
      communication.endTogether(code: error.exitCode, message: error.message)
    } catch let error as CommandError {
      communication.endTogether(code: error.exitCode, message: error.description)
    } catch let error as TrainingError where error.isCommon {
      communication.endTogether(code: error.exitCode, message: error.description)
    } catch {
      let error = CommandError(describing: error)
      communication.abort(code: error.exitCode, message: error.description)
    }
  }
}

/// A command that runs in one process, even under mpirun.
package enum SingleProcess {
  /// Runs `body` on rank zero and ends the process; other ranks end at once.
  package static func run(_ body: () throws -> Void) -> Never {
    guard Launcher.rank == 0 else { end(.done) }
    do {
      try body()
      if let fault = StandardOutput.finish() { throw fault }
      end(.done)
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

  /// The same with a code that the program is known for.
  package static func end(_ code: ExitCode, message: String? = nil) -> Never {
    end(code.rawValue, message: message)
  }
}
