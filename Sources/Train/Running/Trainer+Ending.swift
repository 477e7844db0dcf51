internal import Comm

extension Trainer {
  /// Runs `body`; if it throws, no work is left under way that somebody would have to wait for.
  ///
  /// After an error that is common to all ranks they are still in step, and a checkpoint under way
  /// is brought to its end. After any other the jobs that have not begun fail.
  func endingWork<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as TrainingError where error.isCommon {
      try awaitWeights()
      try saver.complete()
      throw error
    } catch {
      communication.fail(with: error)
      throw error
    }
  }
}
