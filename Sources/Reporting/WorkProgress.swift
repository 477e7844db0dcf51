import Foundation
import Synchronization
import Threading

/// Reports now and then how far a long piece of work is, and how long it will still take.
///
/// Any thread may report to it.
public final class WorkProgress: Sendable {
  private let title: String
  private let interval: Duration
  private let started = ContinuousClock.now
  private let shown = Mutex(ContinuousClock.now)
  private let show: @Sendable (String) -> Void

  /// Progress that begins now.
  ///
  /// - Parameters:
  ///   - title: what the work is, as in "evaluation".
  ///   - isLive: whether a line is written over, several times a second; else there is one each ten seconds.
  ///   - show: receives the lines.
  public init(_ title: String, isLive: Bool, show: @escaping @Sendable (String) -> Void) {
    self.title = title
    interval = isLive ? .milliseconds(100) : .seconds(10)
    self.show = show
  }

  /// Takes note of what is done, as a share of all, and shows it if it is time.
  public func note(share: Double) {
    let now = ContinuousClock.now
    let isDue = shown.withLock { shown in
      guard now - shown >= interval else { return false }
      shown = now
      return true
    }
    guard isDue, share > 0, share < 1 else { return }
    let left = started.duration(to: now).seconds * (1 - share) / share
    show("\(title), \(Int(100 * share)) %, \(Self.clock(left)) left")
  }

  /// A time for people: 0:07, 1:02:03.
  package static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds.rounded(), 1e9))
    let (hours, minutes) = (whole / 3_600, whole / 60 % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, whole % 60)
      : String(format: "%d:%02d", minutes, whole % 60)
  }
}
