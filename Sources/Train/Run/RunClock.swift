/// Rank zero's clock: when the run has to stop so as to be safe before its time is over.
package struct RunClock {
  /// So much more time than expected may a stop take.
  private static let reserve = 1.5
  /// Where the disk could not be measured.
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
  ///   - deadline: what a batch job says besides; the earlier end counts.
  ///   - checkpointBytes: the length of a checkpoint.
  ///   - megabytesPerSecond: the speed of the disk; nil where it could not be measured.
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
  /// What is computed is dropped at the next micro-batch, for which a step or a round of an evaluation
  /// stands here; a checkpoint
  /// under way is written to its end, and then another one.
  var stopSeconds: Double { longestStep + 2 * saveSeconds }

  /// When the run has to stop; nil where its time has no limit.
  var stop: ContinuousClock.Instant? { end.map { $0 - .seconds(Self.reserve * stopSeconds) } }

  /// Takes note of a step, without the evaluation and the save that follow it, or of an evaluation's round.
  mutating func note(stepOf seconds: Double) { longestStep = max(longestStep, seconds) }

  /// Takes note of a checkpoint that took the disk so long.
  mutating func note(saveOf seconds: Double) { saveSeconds = max(saveSeconds, seconds) }

  /// Whether people are to be told of ``stopSeconds``: at first, and where what they were told is far
  /// from true any more.
  mutating func takeTurnToTell() -> Bool {
    let isDue = stopSeconds > 2 * max(toldSeconds, 0) + (toldSeconds < 0 ? 0 : 1)
    if isDue { toldSeconds = stopSeconds }
    return isDue
  }
}
