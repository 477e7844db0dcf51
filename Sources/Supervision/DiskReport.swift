import Faults
import Threading

/// Lines now and then while rank zero waits for a slow disk, so that nobody takes it for a hang.
struct DiskReport {
  private static let seconds = 30.0
  private var told: ContinuousClock.Instant?

  /// The line that is due, if any.
  mutating func line(_ rank: ObservedRank, _ now: ContinuousClock.Instant) -> String? {
    guard rank.compute.phase == .disk else {
      told = nil
      return nil
    }
    let since = told ?? rank.compute.since
    guard since.duration(to: now).seconds > Self.seconds else { return nil }
    told = now
    let waited = Int(rank.compute.since.duration(to: now).seconds)
    return "waiting for the disk to take the checkpoint, for \(waited) s so far"
  }
}
