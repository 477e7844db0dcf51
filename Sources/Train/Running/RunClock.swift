/// Rank zero's clock: it stops the run before its time is over, and knows how long a stop takes.
struct RunClock {
  /// So much more time than expected may a stop take.
  private static let reserve = 1.5
  /// Where the disk could not be measured.
  private static let usualMegabytesPerSecond = 50.0

  /// The seconds that a checkpoint takes until it is on disk.
  let saveSeconds: Double
  private let end: ContinuousClock.Instant?
  private var longestStep = 0.0
  private var isTold = false

  /// A clock that runs out `minutes` after `start`; 0: never.
  ///
  /// - Parameters:
  ///   - minutes: `train.time_limit`.
  ///   - start: when the process began.
  ///   - checkpointBytes: the length of a checkpoint.
  ///   - megabytesPerSecond: the speed of the disk; nil where it could not be measured.
  init(
    minutes: Double, from start: ContinuousClock.Instant, checkpointBytes: Int,
    megabytesPerSecond: Double?
  ) {
    end = minutes > 0 ? start + .seconds(60 * minutes) : nil
    saveSeconds =
      Double(checkpointBytes) * 1e-6 / (megabytesPerSecond ?? Self.usualMegabytesPerSecond)
  }

  /// The longest that a stop takes from the signal to the checkpoint on disk, in seconds.
  ///
  /// A step under way is dropped at the next micro-batch, but an evaluation is not; nor is a checkpoint
  /// under way, after which another one is written.
  var stopSeconds: Double { longestStep + 2 * saveSeconds }

  /// Takes note of a step and all that came after it.
  ///
  /// - Returns: whether the run has to stop now.
  mutating func note(stepOf seconds: Double) -> Bool {
    longestStep = max(longestStep, seconds)
    guard let end else { return false }
    return ContinuousClock.now + .seconds(Self.reserve * (longestStep + stopSeconds)) > end
  }

  /// True once, for the line that tells people of ``stopSeconds``.
  mutating func takeTurnToTell() -> Bool {
    defer { isTold = true }
    return !isTold
  }
}
