import Comm
import Configuration
import Foundation
import Kernels
import Mathematics
import Model
import Platform
import Profiling
import Saving
import Threading
import Train

/// Training steps that were timed on this rank, with what each worker did meanwhile.
package struct MeasuredSteps: Sendable {
  /// The seconds of every step beside which nothing was saved.
  private(set) var durations: [Double] = []
  /// All steps, those beside a checkpoint too.
  let count: Int
  /// The seconds from the first step's beginning to the last one's end.
  let seconds: Double
  /// Seconds for which the communication thread had a processor meanwhile.
  let exchangeProcessorSeconds: Double
  /// What the threads did meanwhile.
  let reading: RankProfile.Reading
  /// The checkpoints, if they were asked for.
  let checkpoints: [MeasuredCheckpoint]
  /// The weights after the last step.
  let weights: FloatBuffer

  /// The steps that a trace shows.
  static let tracedSteps = 2

  /// Takes the steps, and then two checkpoints if they are asked for.
  ///
  /// - Parameters:
  ///   - trainer: ready for the first step.
  ///   - profile: that of the trainer.
  ///   - options: how many steps.
  /// - Throws: ``CommandError`` if a signal asks to stop, or what a step throws.
  init(_ trainer: Trainer, _ profile: RankProfile, _ options: BenchmarkOptions) throws {
    let savesCheckpoints = options.checkpointDirectory != nil
    if savesCheckpoints { try trainer.saver.prepare() }
    var run = try BenchmarkRun(trainer, profile)
    for _ in 0..<options.warmupSteps { _ = try run.step() }
    // So that the times of all ranks begin at about the same moment.
    try trainer.communication.perform { try $0.barrier() }
    // The phases add up to the whole, so both are read from the same two instants.
    let started = ContinuousClock.now
    let exchanged = trainer.communication.processorSeconds
    profile.start(at: started)
    for number in 1...options.steps {
      if options.trace != nil && number == max(1, options.steps - Self.tracedSteps + 1) {
        profile.recordSpans(limit: ChromeTrace.spanLimit(of: trainer))
      }
      durations.append(try run.step())
    }
    checkpoints = try (0..<(savesCheckpoints ? 2 : 0)).map { [median = durations.median] _ in
      try run.saveCheckpoint(medianStep: median)
    }
    count = options.steps + checkpoints.map(\.stepsBeside).reduce(0, +)
    let ended = ContinuousClock.now
    exchangeProcessorSeconds = trainer.communication.processorSeconds - exchanged
    reading = profile.stop(at: ended)
    seconds = started.duration(to: ended).seconds
    // The gather of a step belongs to the next one, and that of the last to none.
    try trainer.awaitWeights()
    weights = trainer.weights
  }
}

/// The most memory that this process has held at once.
enum PeakMemory {
  /// The largest peak of any rank; every rank calls it.
  static func bytes(_ communication: CommunicationThread) throws -> Int {
    let own = try bytes()
    return try communication.perform { communicator in
      var peak = [Int64(own)]
      var span = peak.mutableSpan
      try communicator.allReduce(&span, .max)
      return Int(peak[0])
    }
  }

  /// Bytes of the peak resident set: `VmHWM` of the kernel's own account.
  ///
  /// - Throws: ``CommandError`` where `/proc` has no such line.
  private static func bytes() throws -> Int {
    let file = "/proc/self/status"
    let text = String(
      decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    guard let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first,
      let count = Int(kibibytes)
    else {
      throw CommandError(
        "\(file): has no line VmHWM; the peak of memory is only known on Linux",
        exitCode: .internalError)
    }
    return count * 1_024
  }
}
