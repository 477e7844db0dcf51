package import Checkpoints
public import Comm
public import Configuration
import Faults
import Files
import Foundation
import Hardware
import Kernels
import Model
import Planning
import Reporting
package import Saving
import Supervision

/// A training run from the configuration to its end.
public enum TrainingRun {
  /// Trains, resuming from the run directory's newest valid checkpoint.
  ///
  /// Every rank calls it, with the same configuration and options. A fault that all ranks know of is thrown on all
  /// of them as `CommandError`; any other error is one rank's own, and the caller has to end the others, as ``World``
  /// does. Once a process: from then on the signals that ask for checkpoints and stops are the run's.
  ///
  /// - Parameters:
  ///   - configuration: validated here, on all ranks.
  ///   - options: where the run is kept, and how it begins.
  ///   - communication: the ranks.
  ///   - onStep: called on rank zero after each step; the next one waits until it returns.
  /// - Throws: `CommandError` on all ranks alike, or an error of this rank.
  /// - Returns: the exit code: 0 for a run that is finished, 75 for one that was stopped, or what
  ///   `GMLP_TRAIN_DEADLINE_EXIT_CODE` has for one that the deadline of its job has stopped.
  public static func run(
    _ configuration: TrainingConfiguration, _ options: TrainingOptions,
    _ communication: CommunicationThread,
    onStep: @escaping @Sendable (StepSummary) -> Void = { _ in }
  ) throws -> Int32 {
    try StartAgreement.check(
      CommandError.catching {
        try configuration.validate()
        return []
      }, communication)
    return try run(configuration, options, communication, checking: nil, onStep: onStep)
  }

  /// Trains as a command does, which looks for traps at the start.
  ///
  /// - Parameters:
  ///   - configuration: validated.
  ///   - options: what the command line decides.
  ///   - communication: the ranks.
  ///   - checks: what looks for traps at the start; nil for nothing.
  ///   - open: gives model and data; without it they are those that the configuration names.
  ///   - onStep: called on rank zero after each step.
  /// - Throws: `CommandError` on all ranks alike, or an error of this rank.
  /// - Returns: the exit code: 0 for a run that is finished, 75 for one that was stopped, or what
  ///   `GMLP_TRAIN_DEADLINE_EXIT_CODE` has for one that the deadline of its job has stopped.
  package static func run(
    _ configuration: TrainingConfiguration, _ options: TrainingOptions,
    _ communication: CommunicationThread, checking checks: (any StartChecks.Type)?,
    opening open: (TrainingConfiguration) throws -> TrainingInputs = TrainingInputs.init(_:),
    onStep: @escaping @Sendable (StepSummary) -> Void = { _ in }
  ) throws -> Int32 {
    Signals.listen()
    let started = ContinuousClock.now
    try Watchdog.start(
      communication.heartbeats, WatchLimits(configuration, ranks: communication.size),
      recovery: "start again to resume from the newest checkpoint"
    ) { StandardError.write($0) }
    let usable = try resolved(configuration, options, communication)
    let found = try checks?.init(
      threads: usable.train.threads, usable.train.products.library, communication)
    let parts = try prepare(usable, options, communication, opening: open)
    if let warning = RankActivity.warning, communication.rank == 0 { StandardError.write(warning) }
    try parts.activity.enter(.start)
    try requireOrigin(parts)
    let (directory, isBegun) = try openDirectory(parts)
    let (progress, keptMetrics) = try takingBack(directory, options) {
      let resumed = try resume(parts, directory, isBegun: isBegun)
      if let directory, options.resume != .auto {
        directory.willWrite(Restart.noteName)
        try Restart().note(in: directory.path)
      }
      return resumed
    }
    if progress.step >= parts.coordinator.steps && !progress.evaluationIsPending {
      sayNothingIsLeft(parts, progress)
      return 0
    }
    if let directory, let found {
      found.lines(parts, runDirectory: directory.path).forEach(StandardError.write)
    }
    let report = try takingBack(directory, options) {
      try makeReport(parts, directory, keptMetrics, after: progress.step, onStep)
    }
    report.start(parts, progress)
    let saver = saver(parts, try store(directory, parts.activity)) { report.warn($0) }
    let deadline = try directory.flatMap { _ in try Deadline.read() }
    let clock = directory.map { makeClock(parts, $0, from: started, until: deadline) }
    let trainer = try Trainer(parts, progress: progress, saver: saver, report: report, clock: clock)
    let ending = try trainer.run()
    withExtendedLifetime(directory) {}
    if ending == .finished { return 0 }
    let hasPassed = Signals.timeIsOver && clock?.isDeadline == true
    return try Deadline.exitCode(deadline, hasPassed: hasPassed, communication)
  }

  /// The configuration with what is left to the program decided as the run directory's own run has it.
  ///
  /// - Throws: `CommandError` on all ranks alike.
  private static func resolved(
    _ configuration: TrainingConfiguration, _ options: TrainingOptions,
    _ communication: CommunicationThread
  ) throws -> TrainingConfiguration {
    let recorded = try recordedConfiguration(options, communication)
    let usable = configuration.resolved(as: recorded)
    // What was recorded may want a library that this build has not.
    try StartAgreement.check(
      CommandError.catching {
        try usable.validate()
        return []
      }, communication)
    if !usable.hasPrecision(of: configuration, or: recorded) && communication.rank == 0 {
      StandardError.write(TrainingConfiguration.precisionWarning)
    }
    return usable
  }

  private static func sayNothingIsLeft(_ parts: TrainingParts, _ progress: TrainingProgress) {
    guard parts.communication.rank == 0 && !parts.options.isQuiet else { return }
    StandardOutput.say(
      "\(printable(parts.options.runDirectory)): all \(progress.step) steps are done, nothing is left to do\n"
    )
  }

  private static func makeClock(
    _ parts: TrainingParts, _ directory: RunDirectory, from started: ContinuousClock.Instant,
    until deadline: Deadline?
  ) -> RunClock {
    // A disk that takes nothing is reported by the first save, which fails without ending the run.
    let probe = DiskProbe(writingTo: directory.path, freeBytes: .max, atMost: 1_000_000)
    let files = CheckpointTensor.fileBytes(of: parts.configuration, parts.model.layout)
    return RunClock(
      minutes: parts.configuration.train.timeLimit, from: started, deadline: deadline?.time,
      checkpointBytes: files.values.reduce(0, +),
      megabytesPerSecond: probe.megabytesPerSecond)
  }

  /// Opens the data and builds the model on every rank, and compares what the ranks found.
  ///
  /// `open` gives the data; without it they are those that the configuration names.
  package static func prepare(
    _ configuration: TrainingConfiguration, _ options: TrainingOptions,
    _ communication: CommunicationThread,
    opening open: (TrainingConfiguration) throws -> TrainingInputs = TrainingInputs.init(_:)
  ) throws -> TrainingParts {
    var inputs: TrainingInputs?
    var faults: [Fault] = []
    let result: Result<[StartInvariant], CommandError>
    do {
      try configuration.train.products.library.prepare(workers: configuration.train.threads)
      faults = try RankActivity.injectedFaults()
      let opened = try open(configuration)
      try requireMemory(configuration, opened, ranks: communication.size)
      inputs = opened
      result = .success(StartInvariant.all(configuration, opened))
    } catch {
      result = .failure(CommandError(describing: error))
    }
    try StartAgreement.check(result, communication)
    guard let inputs else { preconditionFailure("the start was agreed on without its inputs") }
    // The ranks have agreed: from here on they may wait for each other.
    do {
      return try TrainingParts(
        configuration: configuration, options: options, communication: communication,
        model: inputs.model, trainingSet: inputs.trainingSet, testSet: inputs.testSet,
        activity: RankActivity(communication.heartbeats, rank: communication.rank, faults: faults))
    } catch let error as ConfigurationError {
      // Decided from what all ranks have agreed on, and so thrown on all of them.
      throw CommandError(describing: error)
    }
  }

  /// Rank zero opens and locks the run directory; all ranks hear if it cannot.
  ///
  /// - Returns: the directory, and whether this is a restart of the run in it.
  private static func openDirectory(
    _ parts: TrainingParts
  ) throws -> (directory: RunDirectory?, isBegun: Bool) {
    var directory: RunDirectory?
    var isBegun = false
    let options = parts.options
    var result = Result<[StartInvariant], CommandError>.success([])
    if parts.communication.rank == 0 {
      do {
        // Read here for all ranks, so that an error is reported before any rank waits.
        _ = try SlowDisk.megabytesPerSecond()
        try requireFileSize(parts)
        _ = try Deadline.read()
        let restart = try Restart()
        isBegun = try options.resume != .auto && restart.hasBegun(options.runDirectory)
        if isBegun && !options.isQuiet {
          StandardOutput.say(
            "\(printable(options.runDirectory)): restart \(restart.number) continues this run; --resume was for "
              + "the first start\n")
        }
        let opened = try openDirectory(
          options, emptying: options.resume == .never && !isBegun, LockPatience.of(restart))
        directory = opened
        if let warning = opened.warning { StandardError.write(warning) }
        try opened.requireSaving()
      } catch {
        takeBack(directory, options)
        result = .failure(CommandError(describing: error))
      }
    }
    try StartAgreement.check(result, parts.communication, isOfRankZero: true)
    return (directory, isBegun)
  }

  private static func openDirectory(
    _ options: TrainingOptions, emptying: Bool, _ patience: LockPatience
  ) throws(TrainingError) -> RunDirectory {
    let path = options.runDirectory
    guard emptying else { return try RunDirectory(path, patience: patience) }
    return try RunDirectory(emptying: path, patience: patience) {
      if !options.isQuiet {
        StandardOutput.say(printable("\(path): the old run is now \($0)") + "\n")
      }
    }
  }

  /// The value of `body`; if it throws, the run directory is left as this start found it.
  private static func takingBack<Value>(
    _ directory: RunDirectory?, _ options: TrainingOptions, _ body: () throws -> Value
  ) throws -> Value {
    do {
      return try body()
    } catch {
      takeBack(directory, options)
      throw error
    }
  }

  /// Leaves the run directory as a start found it that is refused.
  private static func takeBack(_ directory: RunDirectory?, _ options: TrainingOptions) {
    guard let directory, directory.takeBack(), !options.isQuiet else { return }
    StandardOutput.say("\(printable(options.runDirectory)): the old run has its name back\n")
  }

  private static func store(
    _ directory: RunDirectory?, _ activity: RankActivity
  ) throws -> CheckpointStore? {
    guard let directory else { return nil }
    let speed = try SlowDisk.megabytesPerSecond()
    return CheckpointStore(
      directory: directory.checkpointsPath, slowDiskMegabytesPerSecond: speed,
      injecting: activity.diskFaultInjection)
  }

  /// A saver; on rank zero it writes into `store`, or keeps nothing if that is nil.
  package static func saver(
    _ parts: TrainingParts, _ store: CheckpointStore?,
    reporting: @escaping @Sendable (String) -> Void
  ) -> CheckpointSaver {
    let tensors = CheckpointTensor.all(of: parts.configuration)
    let writer = store.map {
      CheckpointWriter(
        store: $0, layout: parts.model.layout, tensors: tensors,
        keep: parts.configuration.train.keep, report: reporting)
    }
    return CheckpointSaver(
      communication: parts.communication, optimizer: parts.optimizer,
      gradientBuckets: parts.gradientBuckets, weightCount: parts.model.layout.count,
      tensors: tensors, writer: writer, activity: parts.activity)
  }

  /// A saver for a run that keeps nothing.
  package static func silentSaver(_ parts: TrainingParts) -> CheckpointSaver {
    saver(parts, nil) { _ in }
  }
}
