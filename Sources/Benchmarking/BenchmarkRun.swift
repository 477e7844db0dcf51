import Checkpoints
import Comm
import Configuration
import Planning
import Platform
import Profiling
import Saving
import Threading
import Train

/// A training run whose steps are timed one by one.
struct BenchmarkRun {
  let trainer: Trainer
  private let profile: RankProfile
  private var next: StepPlan?

  /// A run before its first step.
  init(_ trainer: Trainer, _ profile: RankProfile) throws {
    self.trainer = trainer
    self.profile = profile
    next = try trainer.firstPlan()
  }

  /// Takes the next step.
  ///
  /// - Throws: ``CommandError`` if a signal asks to stop, or what the step throws.
  /// - Returns: its seconds.
  mutating func step() throws -> Double {
    guard let plan = next else { preconditionFailure("a benchmark ran out of steps") }
    let started = ContinuousClock.now
    guard let step = try trainer.takeStep(plan) else {
      throw CommandError("the benchmark was asked to stop", exitCode: .stopped)
    }
    profile.workers[0].record(.step(plan.step), since: started)
    next = step.next
    return started.duration(to: .now).seconds
  }

  /// Saves the current state and trains on until rank zero has written it.
  ///
  /// Every rank calls it.
  ///
  /// - Parameter medianStep: the seconds of a step beside which nothing is saved.
  /// - Throws: ``CommandError`` on all ranks where it cannot be written, or what a step throws.
  /// - Returns: what it cost, the same on all ranks.
  mutating func saveCheckpoint(medianStep: Double) throws -> MeasuredCheckpoint {
    let started = ContinuousClock.now
    let ending = Monitor<SaveOutcome?>(nil)
    try trainer.awaitWeights()
    var stall = try heldUp {
      try trainer.saver.save(weights: trainer.weights, describedBy: trainer.checkpointState) {
        outcome, _ in
        ending.change { $0 = SaveOutcome(outcome, seconds: started.duration(to: .now).seconds) }
      }
    }
    var durations: [Double] = []
    while let plan = next {
      durations.append(try step())
      stall += try heldUp { try trainer.saver.transfer(plan.transfers) }
      if try rankZeroHas(ending) { break }
    }
    // Only where the steps came to an end before the checkpoint did.
    stall += try heldUp { try trainer.saver.complete() }
    let own = try written(ending.change { $0 })
    let (bytes, seconds, longest) = try trainer.communication.perform { [stall] communicator in
      var numbers = [Double(own?.bytes ?? 0), own?.seconds ?? 0, stall]
      var span = numbers.mutableSpan
      try communicator.allReduce(&span, .max)
      return (Int(numbers[0]), numbers[1], numbers[2])
    }
    return MeasuredCheckpoint(
      bytes: bytes, seconds: seconds, stallSeconds: longest, stepsBeside: durations.count,
      slowdownSeconds: durations.reduce(0, +) - Double(durations.count) * medianStep)
  }

  /// The seconds that `body` holds up the training.
  private func heldUp(_ body: () throws -> Void) rethrows -> Double {
    let started = ContinuousClock.now
    profile.enter(.checkpoint)
    defer { profile.enter(.other) }
    try body()
    return started.duration(to: .now).seconds
  }

  /// Whether the checkpoint has ended on rank zero, as all ranks hear from it.
  private func rankZeroHas(_ ending: Monitor<SaveOutcome?>) throws -> Bool {
    let own: [UInt8] = ending.change { $0 } == nil ? [0] : [1]
    return try trainer.communication.perform { try $0.broadcast(own, from: 0) } == [1]
  }

  /// What was written, on rank zero; all ranks throw if it was not.
  private func written(_ ending: SaveOutcome?) throws -> (bytes: Int, seconds: Double)? {
    var result = Result<[StartInvariant], CommandError>.success([])
    var own: (bytes: Int, seconds: Double)?
    switch ending?.outcome {
    case .saved(let checkpoint):
      own = (checkpoint.state.files.values.reduce(0) { $0 + $1.bytes }, ending?.seconds ?? 0)
    case .failed(let cause): result = .failure(CommandError(cause, exitCode: .inputOutput))
    // Other ranks write nothing.
    case .none?, nil: break
    }
    try StartAgreement.check(result, trainer.communication, isOfRankZero: true)
    return own
  }
}

/// How a checkpoint ended, and how long after its begin.
private struct SaveOutcome: Sendable {
  let outcome: CheckpointWriter.Outcome
  let seconds: Double

  init(_ outcome: CheckpointWriter.Outcome, seconds: Double) {
    self.outcome = outcome
    self.seconds = seconds
  }
}

/// What a checkpoint costs the training beside which it is written.
public struct MeasuredCheckpoint: Sendable, Encodable {
  /// The lengths of its files.
  public let bytes: Int
  /// From its start until it is on disk.
  public let seconds: Double
  /// For how long it held up the rank that it held up longest: the copies, and handing over parts.
  public let stallSeconds: Double
  /// Steps that were taken until it stood.
  public let stepsBeside: Int
  /// How much longer these took than as many median steps; below zero by chance.
  public let slowdownSeconds: Double
  /// Stall and slow-down as a share of the time with one checkpoint a minute.
  public let shareAtOneAMinute: Double

  package init(
    bytes: Int, seconds: Double, stallSeconds: Double, stepsBeside: Int, slowdownSeconds: Double
  ) {
    self.bytes = bytes
    self.seconds = seconds
    self.stallSeconds = stallSeconds
    self.stepsBeside = stepsBeside
    self.slowdownSeconds = slowdownSeconds
    shareAtOneAMinute = (stallSeconds + max(0, slowdownSeconds)) / 60
  }
}
