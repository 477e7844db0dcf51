/// Why a step could not be replayed.
enum ReplayError: Error, CustomStringConvertible {
  case noRecord(file: String, step: Int)
  case badRecord(file: String, line: Int)
  case otherWorld(step: Int, ranks: Int)
  case noCheckpoint(directory: String, step: Int)
  case stopped

  var description: String {
    switch self {
    case .noRecord(let file, let step):
      "\(file): has no digests of step \(step); train with train.record_digests = true"
    case .badRecord(let file, let line):
      "\(file): line \(line) is not a record of digests; it was cut off or edited"
    case .otherWorld(let step, let ranks):
      "step \(step) was computed by \(ranks) ranks; give --of \(ranks) and a --rank below it"
    case .noCheckpoint(let directory, let step):
      "\(directory): no valid checkpoint below step \(step) is left; raise train.keep, or replay "
        + "a later step"
    case .stopped: "the replay was asked to stop"
    }
  }
}

extension StartError {
  /// The fault of a replay, with its exit code.
  init(describing error: ReplayError, exitCode: Int32) {
    self.init(error.description, exitCode: exitCode)
  }
}
