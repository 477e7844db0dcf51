internal import Comm

extension Trainer {
  /// Stops the run where its time is nearly over, and says once how long a stop takes.
  func keepTime(since started: ContinuousClock.Instant) {
    guard var clock else { return }
    let isOver = clock.note(stepOf: started.duration(to: .now).seconds)
    if clock.takeTurnToTell() {
      report.say(
        "from a signal to a safe stop: at most \(Report.decimals(clock.stopSeconds, 1)) s "
          + "(\(Report.decimals(clock.saveSeconds, 1)) s for a checkpoint)")
    }
    if isOver && !Signals.stops {
      report.say("train.time_limit: saving and stopping in time")
      Signals.requestStop()
    }
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
