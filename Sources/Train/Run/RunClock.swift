import Comm
import Configuration
import Foundation
import Platform

/// Rank zero's clock: when the run has to stop to be saved before its time is over.
package struct RunClock {
  /// The factor by which a stop may take longer than expected.
  private static let reserve = 1.5
  /// The speed of the disk if it could not be measured.
  private static let usualMegabytesPerSecond = 50.0

  /// The seconds that a checkpoint takes until it is on disk.
  private(set) var saveSeconds: Double
  private let end: ContinuousClock.Instant?
  /// Whether ``Deadline`` and not `train.time_limit` ends the run.
  let isDeadline: Bool
  private var longestStep = EvaluationRounds.wantedSeconds
  private var toldSeconds = -Double.infinity

  /// A clock that runs out `minutes` after `start`; 0: never.
  ///
  /// - Parameters:
  ///   - minutes: `train.time_limit`.
  ///   - start: when the process began.
  ///   - deadline: the deadline of a batch job; the earlier end counts.
  ///   - checkpointBytes: the length of a checkpoint.
  ///   - megabytesPerSecond: the speed of the disk; nil if it could not be measured.
  init(
    minutes: Double, from start: ContinuousClock.Instant,
    deadline: ContinuousClock.Instant? = nil, checkpointBytes: Int, megabytesPerSecond: Double?
  ) {
    let limit = minutes > 0 ? start + .seconds(60 * minutes) : nil
    end = [limit, deadline].compactMap(\.self).min()
    isDeadline = end != nil && end == deadline
    saveSeconds =
      Double(checkpointBytes) * 1e-6 / (megabytesPerSecond ?? Self.usualMegabytesPerSecond)
  }

  /// The longest that a stop takes from the signal to the checkpoint on disk, in seconds.
  ///
  /// The current step is dropped at the next micro-batch; the time of a whole step, or of a round of an evaluation,
  /// is an upper bound for that. A checkpoint in progress is written to its end, and then another one.
  var stopSeconds: Double { longestStep + 2 * saveSeconds }

  /// When the run has to stop; nil if its time has no limit.
  var stop: ContinuousClock.Instant? { end.map { $0 - .seconds(Self.reserve * stopSeconds) } }

  /// Records the time of a step, without the evaluation and the save that follow it, or of an evaluation's round.
  mutating func note(stepOf seconds: Double) { longestStep = max(longestStep, seconds) }

  /// Records how long the disk took for a checkpoint.
  mutating func note(saveOf seconds: Double) { saveSeconds = max(saveSeconds, seconds) }

  /// Whether to report ``stopSeconds`` to people: at first, and when what they were told is far
  /// from true by now.
  mutating func takeTurnToTell() -> Bool {
    let isDue = stopSeconds > 2 * max(toldSeconds, 0) + (toldSeconds < 0 ? 0 : 1)
    if isDue { toldSeconds = stopSeconds }
    return isDue
  }
}

/// The moment by which a run has to be over, as the script of a batch job says it.
struct Deadline {
  /// The variable that has it, in seconds since 1970.
  static let variable = "GMLP_TRAIN_DEADLINE"
  /// The variable that has the exit code of a run that has stopped for the deadline.
  ///
  /// An exit code reaches the script from any node; a file may be where only some nodes can write.
  static let exitCodeVariable = "GMLP_TRAIN_DEADLINE_EXIT_CODE"

  /// The moment.
  let time: ContinuousClock.Instant
  /// The exit code of a run that has stopped for it.
  let exitCode: UInt8

  /// Reads the variables.
  ///
  /// - Throws: `CommandError` for what is not a time or an exit code.
  /// - Returns: nil if there is no deadline.
  static func read(
    _ variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws(CommandError) -> Deadline? {
    guard let text = variables[variable], !text.isEmpty else { return nil }
    guard let seconds = Double(text), seconds > 0, seconds < 1e12 else {
      throw CommandError(
        "\(variable)=\(text): is not a time; give seconds since 1970, as date +%s has them, or unset it",
        exitCode: .usage)
    }
    return Deadline(
      time: .now + .seconds(seconds - Date().timeIntervalSince1970),
      exitCode: try exitCode(variables[exitCodeVariable] ?? ""))
  }

  private static func exitCode(_ text: String) throws(CommandError) -> UInt8 {
    if text.isEmpty { return stoppedCode }
    guard let code = UInt8(text), (1..<128).contains(code) else {
      throw CommandError(
        "\(exitCodeVariable)=\(text): is not an exit code; give a number from 1 to 127, or unset it",
        exitCode: .usage)
    }
    return code
  }

  /// The exit code of a run that was stopped otherwise.
  private static let stoppedCode = UInt8(ExitCode.stopped.rawValue)

  /// The exit code of all ranks of a stopped run.
  ///
  /// - Parameters:
  ///   - deadline: what rank zero has read; it alone knows the clock.
  ///   - hasPassed: whether it was the deadline that stopped the run.
  ///   - communication: the ranks.
  /// - Throws: what has ended the communication.
  /// - Returns: the code, the same on all ranks.
  static func exitCode(
    _ deadline: Deadline?, hasPassed: Bool, _ communication: CommunicationThread
  ) throws -> Int32 {
    let own = hasPassed ? deadline?.exitCode ?? stoppedCode : stoppedCode
    let told = try communication.perform { try $0.broadcast([own], from: 0) }
    return Int32(told.first ?? stoppedCode)
  }
}
