internal import Kernels
internal import Model
internal import Profiling

/// Training steps that were timed on this rank, with what each worker did meanwhile.
struct MeasuredSteps: Sendable {
  /// The seconds of every step.
  private(set) var durations: [Double] = []
  /// The seconds from the first step's beginning to the last one's end.
  let seconds: Double
  /// What each worker's time went to.
  let workers: [[Phase: Duration]]
  /// What the communication thread did for the exchange of gradients.
  let communication: [Phase: Duration]
  /// The weights after the last step.
  let weights: FloatBuffer

  /// Takes `steps` steps after `warmupSteps` others.
  ///
  /// - Throws: ``StartError`` where a signal asks to stop, or what a step throws.
  init(_ parts: TrainingParts, steps: Int, warmupSteps: Int) throws {
    parts.model.initializeWeights(parts.weights, seed: parts.configuration.seed)
    parts.optimizer.startAverage(from: parts.weights)
    let profile = RankProfile(workers: parts.configuration.train.threads)
    let trainer = try Trainer(
      parts, progress: TrainingProgress(), saver: TrainingRun.silentSaver(parts),
      report: Report(metrics: nil, display: nil), profile: profile)
    var next = try trainer.firstPlan()
    for _ in 0..<warmupSteps { next = try Self.step(trainer, next) }
    let started = ContinuousClock.now
    profile.start()
    for _ in 0..<steps {
      let begun = ContinuousClock.now
      next = try Self.step(trainer, next)
      durations.append(begun.duration(to: .now).seconds)
    }
    workers = profile.workers.map { $0.stop() }
    communication = profile.communication.stop()
    seconds = started.duration(to: .now).seconds
    weights = trainer.weights
  }

  /// Takes the step of `plan` and returns the plan of the next.
  private static func step(_ trainer: Trainer, _ plan: StepPlan?) throws -> StepPlan? {
    guard let plan else { preconditionFailure("a benchmark ran out of steps") }
    guard let step = try trainer.takeStep(plan) else {
      throw StartError("the benchmark was asked to stop", exitCode: 75)
    }
    return step.next
  }
}
