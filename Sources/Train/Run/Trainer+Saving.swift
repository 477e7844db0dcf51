package import Checkpoints
import Comm
import Configuration
import Datasets
import Faults
import Foundation
import Hardware
import Model
import Planning
import Reporting
import Saving
import Supervision
import Threading

extension Trainer {
  /// Takes a checkpoint of the state after the last step.
  ///
  /// It is written while training continues.
  ///
  /// - Parameter isLast: whether no training follows, so that a failure is the run's own error.
  /// - Throws: what has ended the communication.
  package func save(isLast: Bool) throws {
    let step = progress.step
    try awaitWeights()
    try checkReplicas()
    try saver.save(weights: weights, describedBy: checkpointState) {
      [report] outcome, stallSeconds in
      report.checkpoint(outcome, step: step, isLast: isLast, stallSeconds: stallSeconds)
    }
    saved = (step, progress.evaluationIsPending)
  }

  /// Whether the next evaluation takes so long that a checkpoint is worth writing before it and again after it.
  ///
  /// Rank zero judges by the last evaluation, or by a third of a step, a forward pass; all ranks hear.
  func evaluationIsLong(afterStepOf seconds: Double) throws -> Bool {
    let batches = Double(testSet.count) / Double(configuration.train.globalBatchSize)
    let expected = evaluationSeconds ?? seconds / 3 * batches
    let isLong = expected > max(Self.longEvaluation, 5 * (runClock?.saveSeconds ?? 0))
    return try communication.perform { try $0.broadcast([UInt8(isLong ? 1 : 0)], from: 0) } == [1]
  }

  /// An evaluation of this many seconds or more has a due checkpoint saved before it too.
  private static let longEvaluation = 5.0

  /// Ends a run that can be resumed: the newest state is on disk when this returns.
  ///
  /// A save that failed before is tried once more: the disk may have room again.
  package func stop() throws -> Ending {
    if Signals.timeIsOver {
      let limit = runClock?.isDeadline == true ? Deadline.variable : "train.time_limit"
      report.say("\(limit): saving and stopping in time")
    }
    try saver.complete()
    if try newestSaveFailed() || saved != (progress.step, progress.evaluationIsPending) {
      try save(isLast: true)
    }
    try waitForLastCheckpoint()
    try awaitWeights()
    try observer.enter(.finish)
    try report.end(
      progress, reason: "stopped", weightsDigest: weightsDigest(), hasCollapsed: false)
    return .stopped
  }

  /// Whether rank zero could not write the newest checkpoint, as all ranks hear from it.
  private func newestSaveFailed() throws -> Bool {
    var failed = [UInt8(0)]
    observer.note(.disk)
    if case .failed = saver.writer?.wait() { failed = [1] }
    observer.note(.exchange)
    return try communication.perform { [failed] in try $0.broadcast(failed, from: 0) } == [1]
  }

  /// Ends the run after its last step: 75 if that was ``TrainingOptions/stopAfter``.
  func finishRun() throws -> Ending {
    try waitForLastCheckpoint()
    try awaitWeights()
    try observer.enter(.finish)
    let isFinished = progress.step >= coordinator.steps
    try report.end(
      progress, reason: isFinished ? "finished" : "stopped", weightsDigest: weightsDigest(),
      hasCollapsed: isFinished && hasCollapsed)
    return isFinished ? .finished : .stopped
  }

  private func waitForLastCheckpoint() throws {
    try saver.complete()
    observer.note(.disk)
    guard let writer = saver.writer, case .failed(let cause) = writer.wait() else { return }
    throw TrainingError.notSaved(
      step: progress.step, cause: cause, earlier: writer.newestStandingStep)
  }

  private func weightsDigest() -> String {
    communication.rank == 0 ? model.layout.digest(of: weights) : ""
  }

  /// The contents of `state.json` after the last step.
  package func checkpointState() -> CheckpointState {
    var state = CheckpointState(
      step: progress.step, epoch: progress.epoch, position: progress.position,
      samplesSeen: progress.samplesSeen, seed: configuration.seed,
      configuration: configuration.withAbsolutePaths.toml,
      configurationDigest: configuration.identityDigest,
      datasetDigest: description.trainingDigest, testDatasetDigest: description.testDigest,
      cpu: description.machine.core, blas: description.machine.blas,
      build: description.machine.build,
      world: CheckpointState.World(
        ranks: communication.size, threads: configuration.train.threads),
      best: progress.best, weightsSHA256: "")
    state.evaluationIsPending = progress.evaluationIsPending
    state.updates = progress.updates
    state.processor = description.machine.processor
    state.libc = description.machine.libc
    state.librarySettings = description.machine.librarySettings
    state.pictureLibraries = description.machine.pictureLibraries
    state.classNames = description.classNames
    state.losses = progress.losses
    state.metricsBytes = report.metricsBytes
    state.skippedSteps = progress.skippedSteps > 0 ? progress.skippedSteps : nil
    return state
  }
}

/// Checkpoints that signals ask this rank for.
///
/// A launcher's signal reaches the ranks in different steps, and means one checkpoint.
struct SaveRequests: Sendable {
  /// A request this soon after one was granted is the same one.
  private static let echo = Duration.seconds(2)

  /// When a checkpoint was last taken because a signal asked for it.
  private var granted: ContinuousClock.Instant?

  /// Whether a checkpoint is wanted; the request, which a signal handler noted, is then forgotten.
  func take() -> Bool {
    let isEcho = granted.map { $0.duration(to: .now) < Self.echo } ?? false
    return Signals.takeSaveRequest() && !isEcho
  }

  /// Records that the next checkpoint grants all requests so far.
  mutating func grant() {
    _ = Signals.takeSaveRequest()
    granted = .now
  }
}

extension Trainer {
  /// Sets when a run with limited time has to stop, and reports how long a stop takes.
  func noteStepDuration(_ seconds: Double) {
    noteRoundDuration(seconds)
    guard var clock = runClock else { return }
    if clock.takeTurnToTell() {
      report.say(
        "from a signal to a safe stop: at most \(decimals(clock.stopSeconds, 1)) s "
          + "(\(decimals(clock.saveSeconds, 1)) s for a checkpoint)")
    }
    runClock = clock
  }

  /// Records the time between two moments at which ranks can stop.
  func noteRoundDuration(_ seconds: Double) {
    guard var clock = runClock else { return }
    clock.note(stepOf: seconds)
    clock.note(saveOf: saver.writer?.longestSaveSeconds ?? 0)
    if let stop = clock.stop { Signals.requestStop(at: stop) }
    runClock = clock
  }

  /// Runs `body`; if it throws, no work is left in progress that would have to be waited for.
  ///
  /// After an error that is common to all ranks they are still in step, and a checkpoint in progress
  /// is brought to its end. After any other the jobs that have not begun fail.
  package func endingWork<Result>(_ body: () throws -> Result) throws -> Result {
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
