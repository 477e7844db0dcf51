package import Checkpoints
package import Comm
package import Configuration
package import Faults
import Files
import Foundation
import Synchronization

/// What this rank does: told to the other ranks of its host, and the place where faults are injected.
///
/// Callable from any thread.
package final class RankActivity: Sendable {
  private let heartbeats: Heartbeats
  private let rank: Int
  private let faults: [Fault]
  private let step = Atomic(0)
  /// The step of the checkpoint that is being written.
  private let savedStep = Atomic(0)
  /// How often each fault that waits has been passed by.
  private let passed = Mutex<[Int: Int]>([:])
  private let hasTurnedWeight = Atomic(false)

  /// The activity of `rank`, in which those of `faults` happen that are meant for it.
  package init(_ heartbeats: Heartbeats, rank: Int, faults: [Fault] = []) {
    self.heartbeats = heartbeats
    self.rank = rank
    self.faults = faults.filter { $0.rank ?? rank == rank }
    exchange()
  }

  /// The faults that `GMLP_TRAIN_FAULT` asks for; none where it is not set.
  ///
  /// - Throws: ``CommandError`` that names what is wrong with it.
  package static func injectedFaults() throws(CommandError) -> [Fault] {
    let text = ProcessInfo.processInfo.environment[Fault.variable] ?? ""
    var faults: [Fault] = []
    for part in text.split(separator: ",") { faults.append(try Fault(part)) }
    return faults
  }

  /// The line by which people hear that faults are injected; nil where none are.
  package static var warning: String? {
    let text = ProcessInfo.processInfo.environment[Fault.variable] ?? ""
    return text.isEmpty ? nil : "\(Fault.variable)=\(text): faults are injected in this run"
  }

  /// Begins `step`.
  package func begin(step: Int) { self.step.store(step, ordering: .relaxed) }

  /// Begins to save the state after `step`, which is written while later steps are under way.
  package func beginSave(step: Int) { savedStep.store(step, ordering: .relaxed) }

  /// Begins `phase`; a fault injected there happens now.
  ///
  /// - Throws: ``InjectedError`` where a fault is to be thrown.
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

  /// The communication thread waits for other ranks from here on.
  package func exchange(bucket: Int? = nil) {
    heartbeats.enter(bucket: bucket)
    heartbeats.enter(RunPhase.exchange.rawValue, step: 0, by: .communication)
  }

  /// Goes on with a phase that was begun before, so that no fault happens.
  package func resume(_ phase: RunPhase) {
    heartbeats.enter(
      phase.rawValue, step: UInt32(truncatingIfNeeded: step.load(ordering: .relaxed)), by: .compute)
  }

  /// The phase goes on.
  package func markProgress() { heartbeats.markProgress(.compute) }

  /// The seed to compute with in place of `seed`: another one only where that mistake is injected.
  package func seed(_ seed: UInt64) -> UInt64 {
    let isKeyed = fault(at: .phase(.forward), where: { $0 == .rankSeed }) != nil
    return isKeyed ? seed &+ UInt64(rank) : seed
  }

  /// Whether this rank's gradient of the step is to hold a NaN.
  package var poisonsGradient: Bool { fault(at: .phase(.backward), where: { $0 == .nan }) != nil }

  /// The weight of which a bit is to be turned before `phase`, if any.
  ///
  /// A bit that flips does so once, one that is stuck each time.
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

  /// Gives what is to happen in place of an operation on a checkpoint; nil where nothing ever is.
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

  /// How often fault number `index` was passed by before.
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

  /// Lets whoever measures the time to the verdict know when it begins.
  private func tellOfStrike() {
    guard let file = ProcessInfo.processInfo.environment[Watchdog.verdictVariable] else { return }
    let path = file + Fault.struckSuffix
    if !FileManager.default.createFile(atPath: path, contents: nil) {
      StandardError.write("\(path): cannot be written")
    }
  }
}
