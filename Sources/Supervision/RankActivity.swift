package import Checkpoints
package import Comm
package import Configuration
package import Faults
import Files
import Foundation
import Synchronization

/// What this rank is doing, for the other ranks of its host; also the place where faults are injected.
///
/// Callable from any thread.
package final class RankActivity: Sendable {
  private let heartbeats: Heartbeats
  private let rank: Int
  private let faults: [Fault]
  private let step = Atomic(0)
  /// The step of the checkpoint that is being written.
  private let savedStep = Atomic(0)
  /// How often each pending fault has been passed.
  private let passed = Mutex<[Int: Int]>([:])
  private let hasTurnedWeight = Atomic(false)

  /// The activity of `rank`, with those of `faults` that are meant for it.
  package init(_ heartbeats: Heartbeats, rank: Int, faults: [Fault] = []) {
    self.heartbeats = heartbeats
    self.rank = rank
    self.faults = faults.filter { $0.rank ?? rank == rank }
    waitForRanks()
  }

  /// The faults in `GMLP_TRAIN_FAULT`; none if it is not set.
  ///
  /// - Throws: ``CommandError`` that names what is wrong with it.
  package static func injectedFaults() throws(CommandError) -> [Fault] {
    let text = ProcessInfo.processInfo.environment[Fault.variable] ?? ""
    var faults: [Fault] = []
    for part in text.split(separator: ",") { faults.append(try Fault(part)) }
    return faults
  }

  /// The line that announces injected faults; nil if there are none.
  package static var warning: String? {
    let text = ProcessInfo.processInfo.environment[Fault.variable] ?? ""
    return text.isEmpty ? nil : "\(Fault.variable)=\(text): faults are injected in this run"
  }

  /// Begins `step`.
  package func begin(step: Int) { self.step.store(step, ordering: .relaxed) }

  /// Begins to save the state after `step`, which is written while later steps are in progress.
  package func beginSave(step: Int) { savedStep.store(step, ordering: .relaxed) }

  /// Begins `phase`; a fault injected there happens now.
  ///
  /// - Throws: ``InjectedError`` if a fault is to be thrown.
  package func enter(_ phase: RunPhase) throws(InjectedError) {
    note(phase)
    if fault(at: .phase(phase), where: { $0 == .throw }) != nil {
      throw InjectedError(description: "\(Fault.variable): thrown in \(phase.name)")
    }
  }

  /// The same in a place that cannot throw.
  package func note(_ phase: RunPhase) {
    let step = step.load(ordering: .relaxed)
    heartbeats.enter(
      phase.rawValue, step: UInt32(truncatingIfNeeded: step),
      by: phase.isOfCommunication ? .communication : .compute)
    inject(at: .phase(phase), step: step)
  }

  /// From here on the communication thread waits for other ranks.
  package func waitForRanks(bucket: Int? = nil) {
    heartbeats.enter(bucket: bucket)
    heartbeats.enter(RunPhase.exchange.rawValue, step: 0, by: .communication)
  }

  /// Continues a phase that was begun before; no fault happens.
  package func resume(_ phase: RunPhase) {
    heartbeats.enter(
      phase.rawValue, step: UInt32(truncatingIfNeeded: step.load(ordering: .relaxed)), by: .compute)
  }

  /// The phase makes progress.
  package func markProgress() { heartbeats.markProgress(.compute) }

  /// The seed to use for `seed`: another one only if that bug is injected.
  package func seed(_ seed: UInt64) -> UInt64 {
    let isKeyed = fault(at: .phase(.forward), where: { $0 == .rankSeed }) != nil
    return isKeyed ? seed &+ UInt64(rank) : seed
  }

  /// Whether this rank's weights change before a forward pass, or its random numbers have another seed.
  package var damagesWorkers: Bool {
    faults.contains { fault in
      switch fault.kind {
      case .flip, .stuck: fault.place == .phase(.forward)
      case .rankSeed: true
      default: false
      }
    }
  }

  /// Whether a NaN is injected into this rank's gradient of any step.
  package var poisonsGradients: Bool { faults.contains { $0.kind == .nan } }

  /// Whether a NaN is injected into this rank's gradient of the step.
  package var poisonsGradient: Bool { fault(at: .phase(.backward), where: { $0 == .nan }) != nil }

  /// The weight in which a bit flips before `phase`, if any.
  ///
  /// A flipped bit changes once, a stuck bit each time.
  package func takeTurnedWeight(before phase: RunPhase) -> Int? {
    let found = fault(at: .phase(phase)) {
      switch $0 {
      case .flip, .stuck: true
      default: false
      }
    }
    switch found {
    case .stuck(let element): return element
    case .flip(let element) where !hasTurnedWeight.exchange(true, ordering: .relaxed):
      tellOfStrike()
      return element
    default: return nil
    }
  }

  /// Gives the fault to inject in place of an operation on a checkpoint; nil if there is none at all.
  package var diskFaultInjection: (@Sendable (DiskOperation) -> DiskFault?)? {
    if faults.isEmpty { return nil }
    return { [self] in diskFault(at: $0) }
  }

  private func diskFault(at operation: DiskOperation) -> DiskFault? {
    let step = savedStep.load(ordering: .relaxed)
    inject(at: .disk(operation), step: step)
    for (index, fault) in faults.enumerated() where fault.matches(.disk(operation), step: step) {
      switch fault.kind {
      case .power(let count, let keepsNames) where pass(index) == count:
        tellOfStrike()
        return .powerLoss(keepsNames: keepsNames)
      case .error(let number): return .error(number)
      case .shortWrite: return .shortWrite
      case .skip: return .skip
      case .late: return .late
      default: continue
      }
    }
    return nil
  }

  /// How often fault number `index` was passed before.
  private func pass(_ index: Int) -> Int {
    passed.withLock { passed in
      defer { passed[index, default: 0] += 1 }
      return passed[index, default: 0]
    }
  }

  private func fault(at place: Fault.Place, where isWanted: (Fault.Kind) -> Bool) -> Fault.Kind? {
    faults.first {
      isWanted($0.kind) && $0.matches(place, step: step.load(ordering: .relaxed))
    }?.kind
  }

  private func inject(at place: Fault.Place, step: Int) {
    for fault in faults where fault.matches(place, step: step) {
      if [.kill, .stop, .hang].contains(fault.kind) { tellOfStrike() }
      switch fault.kind {
      case .kill: kill(getpid(), SIGKILL)
      case .stop: kill(getpid(), SIGSTOP)
      case .hang: while true { Thread.sleep(forTimeInterval: 3_600) }
      case .slow(let milliseconds): Thread.sleep(forTimeInterval: Double(milliseconds) / 1_000)
      default: continue
      }
    }
  }

  /// Marks the time of the fault, for tools that measure the time to the verdict.
  private func tellOfStrike() {
    guard let file = ProcessInfo.processInfo.environment[Watchdog.verdictVariable] else { return }
    let path = file + Fault.struckSuffix
    if !FileManager.default.createFile(atPath: path, contents: nil) {
      StandardError.write("\(path): cannot be written")
    }
  }
}
