import Comm
import Faults
import Foundation
import Threading

/// What a watchdog has seen of one rank, and since when.
struct ObservedRank {
  /// What one kind of thread is doing, and since when it has made no progress.
  struct Activity {
    var phase: RunPhase
    var progress: UInt32
    var since: ContinuousClock.Instant

    /// Records what it does now.
    ///
    /// - Returns: the pause that has ended, if one has.
    mutating func look(
      at now: Heartbeat.Activity, _ time: ContinuousClock.Instant
    ) -> (seconds: Double, phase: RunPhase)? {
      if now.progress == progress && now.phase == phase.rawValue { return nil }
      defer { self = Activity(now, at: time) }
      return (since.duration(to: time).seconds, phase)
    }
  }

  private(set) var heartbeat: Heartbeat
  private(set) var compute: Activity
  private(set) var communication: Activity
  /// When its watchdog was last seen to check.
  private(set) var beats: ContinuousClock.Instant

  /// A rank that is seen for the first time.
  init(_ heartbeat: Heartbeat, at time: ContinuousClock.Instant) {
    self.heartbeat = heartbeat
    compute = Activity(heartbeat.compute, at: time)
    communication = Activity(heartbeat.communication, at: time)
    beats = time
    workBegan = time
  }

  /// How far it has come: lower is further behind.
  var order: UInt64 { UInt64(heartbeat.step) << 32 | UInt64(communication.progress) }

  /// When it last did anything.
  var lastChange: ContinuousClock.Instant { max(compute.since, communication.since) }

  /// Records what the rank says now.
  mutating func look(
    at now: Heartbeat, _ time: ContinuousClock.Instant, _ longest: inout LongestPauses
  ) {
    if let pause = compute.look(at: now.compute, time) {
      longest.note(pause.seconds, in: pause.phase)
      noteWork(pause.phase, time)
    }
    // The communication thread also waits for work, so its pauses say nothing.
    _ = communication.look(at: now.communication, time)
    if now.beats != heartbeat.beats { beats = time }
    heartbeat = now
  }

  /// How long it worked by itself before it began to wait for others.
  private(set) var workSeconds = 0.0
  private var workBegan: ContinuousClock.Instant

  private mutating func noteWork(_ former: RunPhase, _ time: ContinuousClock.Instant) {
    switch (former.waitsForOthers, compute.phase.waitsForOthers) {
    case (true, false): workBegan = time
    case (false, true): workSeconds = workBegan.duration(to: time).seconds
    default: break
    }
  }

  /// Counts from now on, because nothing was watching.
  mutating func forgive(at time: ContinuousClock.Instant) {
    (compute.since, communication.since, beats) = (time, time, time)
  }
}

extension ObservedRank.Activity {
  init(_ activity: Heartbeat.Activity, at time: ContinuousClock.Instant) {
    phase = RunPhase(rawValue: activity.phase) ?? .start
    progress = activity.progress
    since = time
  }
}

/// The longest pause in each phase that was not a hang, in seconds.
struct LongestPauses {
  private var seconds = [Double](repeating: 0, count: RunPhase.allCases.count)

  subscript(phase: RunPhase) -> Double { seconds[Int(phase.rawValue)] }

  mutating func note(_ pause: Double, in phase: RunPhase) {
    seconds[Int(phase.rawValue)] = max(seconds[Int(phase.rawValue)], pause)
  }
}

/// The state of a process according to the kernel.
package enum ProcessState {
  /// Whether `process` has ended, including zombies.
  package static func isGone(_ process: Int32) -> Bool {
    ["Z", "X", nil].contains(letter(of: process))
  }

  /// The state of `process` for people.
  package static func name(of process: Int32) -> String {
    switch letter(of: process) {
    case "T", "t": "stopped by a signal or a debugger"
    case "D": "waiting for a disk or a network file system"
    case "Z", "X", nil: "gone"
    case let state?: "in state \(state), but its threads do not run"
    }
  }

  private static func letter(of process: Int32) -> Substring? {
    // The name, in parentheses, may contain spaces; the state follows it.
    let bytes = FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data()
    let text = String(decoding: bytes, as: UTF8.self)
    return text.lastIndex(of: ")").flatMap { text[$0...].split(separator: " ").dropFirst().first }
  }
}

/// Occasional lines while rank zero waits for a slow disk, so that the wait is not mistaken for a hang.
struct DiskReport {
  private static let seconds = 30.0
  private var told: ContinuousClock.Instant?

  /// The line to print now, if any.
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
