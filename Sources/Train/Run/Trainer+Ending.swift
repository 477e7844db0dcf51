import Comm
import Supervision

extension Trainer {
  /// Fixes when the run has to stop where its time is limited, and says how long a stop takes.
  func keepTime(afterStepOf seconds: Double) {
    keepTime(of: seconds)
    guard var clock else { return }
    if clock.takeTurnToTell() {
      report.say(
        "from a signal to a safe stop: at most \(Report.decimals(clock.stopSeconds, 1)) s "
          + "(\(Report.decimals(clock.saveSeconds, 1)) s for a checkpoint)")
    }
    self.clock = clock
  }

  /// Takes note of what was computed between two moments at which ranks hear of a stop.
  func keepTime(of seconds: Double) {
    guard var clock else { return }
    clock.note(stepOf: seconds)
    clock.note(saveOf: saver.writer?.longestSaveSeconds ?? 0)
    if let stop = clock.stop { Signals.requestStop(at: stop) }
    self.clock = clock
  }

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
