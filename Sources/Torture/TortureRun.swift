import Comm
import Faults
import Foundation
import Platform
import Supervision
import Threading
import Train

/// One start of the program under torture, from its first moment until all its processes are gone.
final class TortureRun {
  /// Far more than any start takes on a busy machine.
  private static let deadlineSeconds = 900.0
  private static let lingeringSeconds = 60.0
  /// How long processes that were killed may take to be gone.
  private static let goneSeconds = 120.0
  private let process: Process
  private let fault: TortureFault
  private let verdictFile: String
  private let metricsFile: String
  /// The last line of a start that was there before.
  private let formerStart: String?
  private let started = ContinuousClock.now
  private var outcome = TortureOutcome()
  /// The processes of the ranks, as long as there are any; then the last ones.
  private var ranks: [Int32] = []
  /// When the fault happened.
  private var struck: ContinuousClock.Instant?
  private var isAsked = false
  /// The steps that it had made before the fault.
  private var stepsBefore = 0
  /// The steps that it had made at the last look, and when that was.
  private var steps = (count: 0, seen: ContinuousClock.now)
  /// Since when no rank is alive.
  private var ranksGone: ContinuousClock.Instant?

  /// Starts it; what it says goes to the end of `log`.
  init(
    _ arguments: [String], _ fault: TortureFault, in directory: String, log: FileHandle,
    planted: String?
  ) throws {
    self.fault = fault
    verdictFile = "\(directory)/verdict"
    metricsFile = "\(directory)/run/metrics.jsonl"
    formerStart = Self.metrics(metricsFile).last { $0.hasPrefix(Self.startOfStart) }
    for file in [verdictFile, verdictFile + Fault.struckSuffix]
    where FileManager.default.fileExists(atPath: file) {
      try FileManager.default.removeItem(atPath: file)
    }
    process = try Process.program(arguments, ranks: fault.ranks)
    var environment = ProcessInfo.processInfo.environment
    environment[Watchdog.verdictVariable] = verdictFile
    environment["OMPI_MCA_orte_execute_quiet"] = "1"
    // If a rank is hit before MPI has connected it, there is no need to wait longer.
    environment[LaunchEnvironment.startTimeoutVariable] = "60"
    let faults = [fault.injection, planted].compactMap { $0 }
    environment[Fault.variable] = faults.isEmpty ? nil : faults.joined(separator: ",")
    process.environment = environment
    process.standardOutput = log
    process.standardError = log
    process.standardInput = FileHandle.nullDevice
    try process.run()
  }

  /// Injects the fault, and waits until all processes are gone.
  func finish() -> TortureOutcome {
    // Before all ranks exist a signal might reach none of them.
    while process.isRunning && (elapsed < fault.delay || children.count < fault.ranks)
      && elapsed < Self.deadlineSeconds
    { pause() }
    ranks = children
    if fault.injection == nil {
      let hasJoined = !ownMetrics.isEmpty
      if strike() {
        struck = .now
        outcome.hasJoined = hasJoined
        stepsBefore = stepsMade
      }
    }
    while process.isRunning {
      if !children.isEmpty { ranks = children }
      notice()
      if !isAsked && hasSeenEnough {
        isAsked = true
        kill(process.processIdentifier, SIGUSR2)
      }
      endLingering()
      if elapsed > Self.deadlineSeconds {
        outcome.isLeftOver = true
        killAll()
      }
      pause()
    }
    process.waitUntilExit()
    notice()
    outcome.goneSeconds = (struck ?? started).duration(to: .now).seconds
    outcome.exitCode =
      (process.terminationReason == .uncaughtSignal ? 128 : 0) + process.terminationStatus
    let lasts = fault.kind == .failingDisk
    // A training that is complete was at its end already, however the fault was announced.
    let isTooLate = fault.endsTheRun && outcome.exitCode == ExitCode.done.rawValue
    outcome.hasHappened = !isTooLate && (struck != nil || outcome.cause != nil || lasts)
    // A fault injected by the run itself happens in a step.
    if fault.injection != nil { outcome.hasJoined = true }
    outcome.savedStep = ownMetrics.compactMap { line in
      line.firstMatch(of: /^{"event":"checkpoint","step":(\d+)/).flatMap { Int($0.1) }
    }.max()
    if fault.kind == .slowRank { readSlowness() }
    readChangedWeights()
    outcome.isLeftOver = outcome.isLeftOver || !areGone
    return outcome
  }

  /// Checks whether the fault has happened, and whether it was reported.
  private func notice() {
    if struck == nil, FileManager.default.fileExists(atPath: "\(verdictFile)\(Fault.struckSuffix)")
    {
      struck = .now
    }
    guard outcome.cause == nil, let verdict else { return }
    (outcome.cause, outcome.named) = verdict
    outcome.verdictSeconds = (struck ?? started).duration(to: .now).seconds
  }

  /// Ends an mpirun that has not noticed that all its ranks are gone, as the launch scripts do.
  private func endLingering() {
    guard fault.ranks > 1, !ranks.isEmpty, ranks.allSatisfy(ProcessState.isGone) else {
      ranksGone = nil
      return
    }
    let since = ranksGone ?? .now
    ranksGone = since
    guard since.duration(to: .now).seconds > Self.lingeringSeconds else { return }
    outcome.hasLingered = true
    kill(process.processIdentifier, SIGKILL)
  }

  private func killAll() {
    for process in ranks + [process.processIdentifier] { kill(process, SIGKILL) }
  }

  /// Sends the signals of the fault; false if the run has already ended.
  private func strike() -> Bool {
    guard process.isRunning, fault.ranks == 1 || ranks.count == fault.ranks else { return false }
    let victim = fault.ranks == 1 ? process.processIdentifier : ranks[fault.victim]
    // It may have done its work, and wait for mpirun to take note of its end.
    if ProcessState.isGone(victim) { return false }
    switch fault.kind {
    case .killedRank, .damaged: kill(victim, SIGKILL)
    case .killedAll: killAll()
    case .stoppedRank:
      // A single process would hang forever, because nothing outside it watches.
      kill(victim, fault.ranks == 1 ? SIGKILL : SIGSTOP)
    default: kill(process.processIdentifier, SIGUSR2)
    }
    return true
  }

  /// Whether a run that survives its fault may be stopped: it has made enough steps.
  ///
  /// It counts steps, because the machine may be slow. A run that its fault ends is left alone, since mpirun would
  /// die of a signal while it ends its ranks; so is one whose fault is still due.
  private var hasSeenEnough: Bool {
    switch fault.kind {
    case .turnedBit: struck != nil && hasMadeStep
    case .slowRank: stepsMade >= 30
    case .failingDisk: stepsMade >= 60
    // The signal was lost: mpirun loses what comes before its ranks exist.
    case .asked: struck != nil && stepsMade >= stepsBefore + 60
    default: false
    }
  }

  /// The steps that this start has made, as of a moment ago.
  private var stepsMade: Int {
    if steps.seen.duration(to: .now).seconds > 0.2 {
      steps = (ownMetrics.count { $0.hasPrefix("{\"event\":\"step\"") }, .now)
    }
    return steps.count
  }

  private var elapsed: Double { started.duration(to: .now).seconds }

  private func pause() { Thread.sleep(forTimeInterval: 0.005) }

  /// The ranks, in their order.
  private var children: [Int32] {
    let id = process.processIdentifier
    if fault.ranks == 1 { return [id] }
    let all = Self.text("/proc/\(id)/task/\(id)/children").split(separator: " ")
    return all.compactMap { Int32($0) }.sorted { Self.rank(of: $0) < Self.rank(of: $1) }
  }

  private static func rank(of process: Int32) -> Int {
    let name = "OMPI_COMM_WORLD_RANK="
    let variable = text("/proc/\(process)/environ").split(separator: "\0").first {
      $0.hasPrefix(name)
    }
    return variable.flatMap { Int($0.dropFirst(name.count)) } ?? .max
  }

  /// Cause and rank named by the run's watchdogs.
  private var verdict: (cause: String, rank: Int)? {
    let text = Self.text(verdictFile)
    let causes = [
      ("has died", "dead"), ("has not run for", "stopped"), ("hangs: nothing", "hung"),
      (" for data ", "data"), ("does not answer", "network"),
    ]
    guard let cause = causes.first(where: { text.contains($0.0) })?.1,
      let rank = text.firstMatch(of: /rank (\d+)/).flatMap({ Int($0.1) })
    else { return nil }
    return (cause, rank)
  }

  private static let startOfStart = "{\"event\":\"start\""

  /// The lines that this start has added to the metrics, from that of the start itself on.
  private var ownMetrics: ArraySlice<String> {
    let lines = Self.metrics(metricsFile)
    guard let start = lines.lastIndex(where: { $0.hasPrefix(Self.startOfStart) }),
      lines[start] != formerStart
    else { return [] }
    return lines[start...]
  }

  private static func metrics(_ path: String) -> [String] {
    text(path).split(separator: "\n").map(String.init)
  }

  /// Finds in the metrics a rank that was reported as slow, and after how many steps.
  private func readSlowness() {
    var steps = 0
    for line in ownMetrics {
      if line.hasPrefix("{\"event\":\"step\"") { steps += 1 }
      guard line.hasPrefix("{\"event\":\"straggler\""),
        let rank = line.firstMatch(of: /"rank":(\d+)/).flatMap({ Int($0.1) })
      else { continue }
      outcome.hasHappened = true
      (outcome.cause, outcome.named, outcome.verdictSteps) = ("slow", rank, steps + 1)
      return
    }
    // Too few steps say nothing.
    outcome.hasHappened = steps > 20
  }

  /// Finds in the metrics a rank whose weights had changed, and how long after the step of the fault.
  private func readChangedWeights() {
    let found = /^{"event":"weights_changed","step":(\d+),"ranks":\[([\d,]+)\]/
    guard let match = ownMetrics.lazy.compactMap({ $0.firstMatch(of: found) }).first else { return }
    outcome.hasChangedWeights = true
    guard fault.kind == .turnedBit else { return }
    // Several ranks are not a single one.
    (outcome.cause, outcome.named) = ("changed", Int(match.2))
    outcome.verdictSteps = Int(match.1).map { $0 - fault.step }
  }

  /// Whether the step of the fault is done, or was found to be wrong.
  private var hasMadeStep: Bool {
    ownMetrics.contains { line in
      line.hasPrefix("{\"event\":\"weights_changed\"")
        || line.firstMatch(of: /^{"event":"step","step":(\d+)/)
          .flatMap { Int($0.1) }.map { $0 >= fault.step } ?? false
    }
  }

  private var areGone: Bool {
    let ended = ContinuousClock.now
    while !ranks.allSatisfy({ ProcessState.isGone($0) }) {
      if ended.duration(to: .now).seconds > Self.goneSeconds { return false }
      pause()
    }
    return true
  }

  private static func text(_ path: String) -> String {
    String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
  }
}
