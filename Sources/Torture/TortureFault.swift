import Checkpoints
import Faults
import Glibc
import Platform
import Randomness

/// What is done to a run on purpose, one fault each time it is started.
package struct TortureFault: Sendable, Equatable {
  /// Its kind.
  package enum Kind: String, CaseIterable, Sendable, Encodable {
    /// A rank is killed at any time.
    case killedRank = "rank killed"
    /// A rank is killed at one place of a step.
    case killedAtPlace = "rank killed at a place"
    /// The launcher and all ranks are killed at once, as when a machine goes down.
    case killedAll = "all killed"
    /// Rank zero's machine goes down during a save and loses everything that is not synced.
    case lostPower = "power lost"
    /// A rank is stopped by SIGSTOP and never continues.
    case stoppedRank = "rank stopped"
    /// A thread of a rank hangs.
    case hungRank = "rank hung"
    /// A rank takes longer than the others.
    case slowRank = "rank slow"
    /// A bit flips in a rank's own copy of the weights.
    case turnedBit = "bit turned"
    /// An operation on a checkpoint fails each time.
    case failingDisk = "disk fails"
    /// The run is asked to save and stop.
    case asked = "asked to stop"
    /// A rank is killed, and then the newest checkpoint is damaged.
    case damaged = "killed, checkpoint damaged"
  }

  let kind: Kind
  /// The ranks of that start.
  let ranks: Int
  /// The rank that it hits.
  let victim: Int
  /// When it happens, in seconds from the start; faults injected by the run itself have their own time.
  let delay: Double
  /// The step in which the run injects it itself.
  let step: Int
  /// The value of `GMLP_TRAIN_FAULT`, if the run injects it itself.
  var injection: String?
  /// Chooses how a checkpoint is damaged.
  let choice: Int

  /// Fault number `number` of a torture.
  ///
  /// - Parameters:
  ///   - number: from 0.
  ///   - step: the newest step that is safe.
  ///   - options: what may happen.
  init(number: Int, after step: Int, _ options: TortureOptions) {
    let key = RandomKey(seed: options.seed, purpose: .torture, time: number)
    kind = options.kinds[key.integer(0, below: options.kinds.count)]
    let kind = kind
    let worlds = options.ranks.filter { $0 > 1 || ![.slowRank, .turnedBit].contains(kind) }
    ranks = worlds.isEmpty ? 2 : worlds[key.integer(1, below: worlds.count)]
    victim = key.integer(2, below: ranks)
    choice = key.integer(4, below: 1 << 20)
    self.step = step + 1 + key.integer(5, below: 40)
    injection = Self.injection(kind, of: victim, in: self.step, key)
    delay = injection == nil ? Double(key.uniform(3)) * options.longestDelay : 0
  }

  private static func injection(
    _ kind: Kind, of rank: Int, in step: Int, _ key: RandomKey
  ) -> String? {
    let phases: [RunPhase] = [
      .data, .forward, .backward, .agree, .bucket, .norm, .update, .snapshot,
    ]
    // A new best may take long.
    let operations = DiskOperation.allCases.filter { $0 != .link }
    switch kind {
    case .killedAtPlace:
      let place = key.integer(6, below: phases.count + operations.count)
      return place < phases.count
        ? "\(rank):\(phases[place].name):\(phases[place] == .snapshot ? "*" : "\(step)"):kill"
        : "0:\(operations[place - phases.count].rawValue):*:kill"
    case .lostPower:
      let names = key.integer(7, below: 2) == 0 ? "power" : "power-files"
      return "0:\(operations[key.integer(6, below: operations.count)].rawValue):*:\(names)"
        + ":\(key.integer(8, below: 8))"
    case .hungRank:
      return "\(rank):\(phases[key.integer(6, below: phases.count - 1)].name):\(step):hang"
    case .slowRank: return "\(rank):forward:*:slow:\(10 + key.integer(6, below: 20))"
    case .turnedBit: return "\(rank):forward:\(step):flip:\(key.integer(6, below: 1 << 30))"
    case .failingDisk:
      let errors = ["no-space", "io-error", "read-only"]
      return "0:\(operations[key.integer(6, below: operations.count)].rawValue):*:"
        + errors[key.integer(7, below: errors.count)]
    default: return nil
    }
  }

  /// Whether a run may end with this exit code.
  ///
  /// A start whose fault did not happen ends normally, or is stopped before it listens. The code of an mpirun that
  /// had to be killed is not the run's.
  func allows(_ outcome: TortureOutcome) -> Bool {
    if outcome.hasLingered { return true }
    if outcome.hasHappened && endsTheRun { return exitCodes.contains(outcome.exitCode) }
    var allowed = exitCodes.union([
      ExitCode.done.rawValue, ExitCode.stopped.rawValue, 128 + SIGUSR2,
    ])
    if outcome.hasHappened && !outcome.hasJoined { allowed.formUnion(Self.codesBeforeRegistering) }
    return allowed.contains(outcome.exitCode)
  }

  /// What mpirun ends with where a signal ends a rank before it has registered, as on a busy machine it takes seconds
  /// to do.
  private static let codesBeforeRegistering: Set<Int32> = [1, 213]

  /// What is wrong with the verdict; nil if nothing is.
  ///
  /// Before MPI has connected the ranks no watchdog can report anything. Of a dead rank mpirun hears too: if it ends
  /// the others before a watchdog has had its turn, its exit code is that of the dead one and no rank is named.
  func judge(_ outcome: TortureOutcome) -> String? {
    if outcome.hasChangedWeights && kind != .turnedBit { return "weights were called changed" }
    guard let cause, outcome.hasHappened, outcome.cause != nil || outcome.hasJoined else {
      return nil
    }
    if outcome.cause == cause && outcome.named == struckRank {
      guard kind == .turnedBit, outcome.verdictSteps != 0 else { return nil }
      return "weights changed in step \(step) and were found "
        + "\(outcome.verdictSteps ?? 0) steps later"
    }
    if cause == "dead" && outcome.cause == nil
      && (outcome.exitCode == 128 + SIGKILL || outcome.hasLingered)
    {
      return nil
    }
    let said = outcome.cause.map { "rank \(outcome.named ?? -1) was called \($0)" }
    return "\(said ?? "nobody was named") instead of rank \(struckRank), \(cause)"
  }

  /// Whether the rank stays alive and does nothing any more.
  var hangs: Bool { kind == .stoppedRank || kind == .hungRank }

  /// Further settings of the start: with shared weights, no rank has a copy of its own.
  var assignments: [String] { kind == .turnedBit ? ["train.shared_memory=false"] : [] }

  /// Whether a run cannot go on after it.
  var endsTheRun: Bool {
    ![.slowRank, .turnedBit, .asked, .failingDisk].contains(kind)
  }

  /// The exit codes of a run after this fault.
  private var exitCodes: Set<Int32> {
    switch kind {
    case .killedRank, .killedAtPlace, .damaged, .killedAll, .lostPower:
      Self.codesBeforeRegistering.union([128 + SIGKILL, ExitCode.rankLost.rawValue])
    case .stoppedRank, .hungRank: [ExitCode.rankLost.rawValue, 128 + SIGKILL]
    case .failingDisk: [ExitCode.inputOutput.rawValue]
    // Where no repair is wanted.
    case .turnedBit: [ExitCode.rankLost.rawValue]
    case .slowRank, .asked: []
    }
  }

  /// What the watchdogs should report; nil if none is left to do so.
  var cause: String? {
    switch kind {
    case .killedRank, .killedAtPlace, .damaged, .lostPower: ranks > 1 ? "dead" : nil
    case .stoppedRank: ranks > 1 ? "stopped" : nil
    case .hungRank: injection?.contains(":data:") == true ? "data" : "hung"
    case .slowRank: "slow"
    case .turnedBit: "changed"
    default: nil
    }
  }
}
