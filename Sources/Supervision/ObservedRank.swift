import Comm
import Faults
import Threading

/// What a watchdog has seen of one rank, and since when.
struct ObservedRank {
  /// What one kind of threads does, since it last came further.
  struct Activity {
    var phase: RunPhase
    var progress: UInt32
    var since: ContinuousClock.Instant

    /// Takes note of what it does now.
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
  /// When its watchdog was last seen to look.
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

  /// Takes note of what the rank says now.
  mutating func look(
    at now: Heartbeat, _ time: ContinuousClock.Instant, _ longest: inout LongestPauses
  ) {
    if let pause = compute.look(at: now.compute, time) {
      longest.note(pause.seconds, in: pause.phase)
      noteWork(pause.phase, time)
    }
    // The communication thread waits for work as it does for others: that teaches nothing.
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

  /// Counts from now on: nobody was looking.
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

/// The longest pause that was seen in each phase and lived through, in seconds.
struct LongestPauses {
  private var seconds = [Double](repeating: 0, count: RunPhase.allCases.count)

  subscript(phase: RunPhase) -> Double { seconds[Int(phase.rawValue)] }

  mutating func note(_ pause: Double, in phase: RunPhase) {
    seconds[Int(phase.rawValue)] = max(seconds[Int(phase.rawValue)], pause)
  }
}
