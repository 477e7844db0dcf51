import Configuration
import Files
package import Platform

/// Why a step could not be replayed.
package enum ReplayError: Error, CustomStringConvertible {
  case noRecord(file: String, step: Int)
  case badRecord(file: String, line: Int)
  case otherWorld(step: Int, ranks: Int)
  case noCheckpoint(directory: String, step: Int)
  /// The run was computed under conditions that are not those here.
  case otherConditions(step: Int, [String])
  /// Not the same number of updates was left out between the checkpoint and the step.
  case otherSkips(step: Int, [Int], here: Int)
  case stopped

  package var description: String {
    switch self {
    case .noRecord(let file, let step):
      "\(file): has no digests of step \(step); train with train.record_digests = true"
    case .badRecord(let file, let line):
      "\(file): line \(line) is not a record of digests; it was cut off or edited"
    case .otherWorld(let step, let ranks):
      "step \(step) was computed by \(counted(ranks, "rank")); give --of \(ranks) and a --rank below it"
    case .noCheckpoint(let directory, let step):
      "\(directory): no valid checkpoint below step \(step) is left; raise train.keep, or replay "
        + "a later step"
    case .otherConditions(let step, let differences):
      "step \(step) cannot be replayed here: \(differences.joined(separator: "; ")); replay it where and "
        + "with what it was trained"
    case .otherSkips(let step, let skipped, let here):
      "step \(step) cannot be compared: on the way to it the run skipped \(counted(skipped.count, "step")) "
        + "\(skipped), the replay \(here); replay the first of them, or a step with a checkpoint after it"
    case .stopped: "the replay was asked to stop"
    }
  }
}

extension CommandError {
  /// The fault of a replay, with its exit code.
  package init(describing error: ReplayError, exitCode: ExitCode) {
    self.init(error.description, exitCode: exitCode)
  }
}
