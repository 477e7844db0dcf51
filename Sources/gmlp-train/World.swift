import Comm
import Foundation
import Train

/// The ranks of this run, from the first message between them to their common end.
enum World {
  /// Starts the ranks, runs `body` on each of them and ends them together.
  ///
  /// Does not return.
  ///
  /// - Parameters:
  ///   - computeThreads: threads of this rank that compute.
  ///   - body: gives the exit code. All ranks throw a ``StartError`` alike, and a ``TrainingError``
  ///     that is common; any other error is this rank's own and ends the others too.
  static func run(
    computeThreads: Int, _ body: (CommunicationThread) throws -> Int32
  ) -> Never {
    let communication: CommunicationThread
    do {
      communication = try CommunicationThread(
        LaunchEnvironment(), computeThreads: computeThreads)
    } catch let error as LaunchError {
      if Launcher.rank == 0 { StandardError.write("\(error)") }
      exit(64)
    } catch {
      StandardError.write("\(error)")
      exit(70)
    }
    do {
      communication.endTogether(code: try body(communication))
    } catch let error as StartError {
      communication.endTogether(code: error.exitCode, message: error.description)
    } catch let error as TrainingError where error.isCommon {
      communication.endTogether(code: error.exitCode, message: error.description)
    } catch {
      let error = StartError(describing: error)
      communication.abort(code: error.exitCode, message: error.description)
    }
  }
}
