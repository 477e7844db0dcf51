import Checkpoints
public import Configuration
import Faults
import Files
import Foundation
import Platform
import Train

/// Disturbs one run repeatedly, and compares its end with that of an undisturbed one.
public struct Torture {
  private let options: TortureOptions
  private let configuration: String
  private let directory: String
  private let say: (String) -> Void
  private let log: FileHandle
  private let store: CheckpointStore

  /// A torture of the configuration in `file`, in the folder `directory`, which is made.
  ///
  /// - Throws: ``CommandError`` if the folder is used already or cannot be made.
  public init(
    _ file: String, in directory: String, _ options: TortureOptions, say: @escaping (String) -> Void
  ) throws {
    self.options = options
    self.say = say
    configuration = file
    self.directory = directory
    if FileManager.default.fileExists(atPath: directory) {
      throw CommandError(
        "\(directory): is there already; name a new folder, or remove that one", exitCode: .usage)
    }
    // What every start would refuse is refused before anything is created.
    try TrainingConfiguration(file: file, assignments: options.assignments).validate()
    let path = "\(directory)/output.log"
    let made = try makeFolder(above: path)
    do {
      try Data().write(to: URL(filePath: path))
      log = try FileHandle(forWritingTo: URL(filePath: path))
    } catch {
      made.removeIfEmpty()
      throw CommandError("\(path): cannot be written: \(error.reason)", exitCode: .inputOutput)
    }
    store = CheckpointStore(directory: "\(directory)/run/checkpoints")
  }

  /// Trains undisturbed, then disturbed until all faults were made, then to the end.
  ///
  /// - Throws: ``CommandError`` if the undisturbed run fails, or a file cannot be written.
  public func run() throws -> TortureReport {
    var report = TortureReport()
    report.weightsSha256 = try undisturbed("reference", ranks: 1, planted: nil)
    say("undisturbed: weights sha256 \(report.weightsSha256)")
    var damaged: Set<Int> = []
    while report.faults < options.faults {
      let before = try newestValid()
      let fault = TortureFault(number: report.starts, after: before ?? 0, options)
      let run = try TortureRun(
        arguments("run", fault), fault, in: directory, log: log, planted: options.planted)
      let outcome = run.finish()
      report.note(fault, outcome)
      let known = report.findings.count
      check(fault, outcome, before: before, &damaged, &report)
      report.findings[known...].forEach(say)
      if fault.kind == .damaged && outcome.hasHappened { try damageNewest(fault, &damaged) }
      // Without a valid checkpoint it would not start again.
      if outcome.exitCode == ExitCode.badData.rawValue { return report }
      if outcome.exitCode == 0 { try endRound(&report, &damaged) }
      if report.starts % 20 == 0 {
        say(
          "\(counted(report.faults, "fault")), safe after step \(try newestValid() ?? 0), \(counted(report.findings.count, "finding"))"
        )
      }
    }
    _ = try undisturbed("run", ranks: options.ranks.max() ?? 1, planted: options.planted)
    try endRound(&report, &damaged)
    return report
  }

  /// Trains to the end and gives the digest of the weights.
  private func undisturbed(_ name: String, ranks: Int, planted: String?) throws -> String {
    let process = try Process.program(arguments(name), ranks: ranks)
    var environment = ProcessInfo.processInfo.environment
    environment[Fault.variable] = planted
    process.environment = environment
    process.standardOutput = log
    process.standardError = log
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CommandError(
        "the undisturbed run failed with exit code \(process.terminationStatus); see "
          + "\(directory)/output.log", relaying: process.terminationStatus)
    }
    return try digest(name)
  }

  private func arguments(_ name: String, _ fault: TortureFault? = nil) -> [String] {
    var assignments = options.assignments
    // Only a rank that hangs is found by time. In other starts a busy machine may let a rank wait as long.
    if fault?.hangs == true {
      assignments.insert("train.hang_timeout=\(options.hangTimeout)", at: 0)
    }
    assignments += fault?.assignments ?? []
    return ["train", "--config", configuration, "--run-dir", "\(directory)/\(name)", "--quiet"]
      + assignments.flatMap { ["--set", $0] }
  }

  private func digest(_ name: String) throws -> String {
    let store = CheckpointStore(directory: "\(directory)/\(name)/checkpoints")
    guard let newest = try store.newestValid(reporting: { _ in }) else {
      throw CommandError(
        "\(directory)/\(name): has no valid checkpoint at its end", exitCode: .badData)
    }
    return newest.state.weightsSHA256
  }

  private func newestValid() throws -> Int? {
    try CheckpointStore(directory: store.directory).newestValid { _ in }?.state.step
  }

  /// A completed run must have the weights of the undisturbed one.
  private func endRound(_ report: inout TortureReport, _ damaged: inout Set<Int>) throws {
    report.rounds += 1
    let digest = try digest("run")
    if digest != report.weightsSha256 {
      report.mismatches += 1
      report.findings.append("run \(report.rounds) ended with weights \(digest)")
    }
    damaged = []
    try FileManager.default.removeItem(atPath: "\(directory)/run")
  }

  /// Examines what a fault has left behind.
  private func check(
    _ fault: TortureFault, _ outcome: TortureOutcome, before: Int?, _ damaged: inout Set<Int>,
    _ report: inout TortureReport
  ) {
    let name = "start \(report.starts) (\(fault.kind.rawValue), \(counted(fault.ranks, "rank")))"
    if outcome.isLeftOver {
      report.leftovers += 1
      report.findings.append("\(name): it did not end in time, or left a process behind")
    }
    if !fault.allows(outcome) {
      report.findings.append("\(name): exit code \(outcome.exitCode)")
    }
    if let finding = fault.judge(outcome) { report.findings.append("\(name): \(finding)") }
    do {
      let now = CheckpointStore(directory: store.directory)
      var newest: Int?
      for step in try now.steps() {
        do {
          _ = try now.open(step: step)
          newest = newest ?? step
          damaged.remove(step)
        } catch  where !damaged.contains(step) {
          report.damagedCheckpoints += 1
          report.findings.append("\(name): \(error)")
          // Reported once.
          damaged.insert(step)
        } catch {
          // Damaged on purpose.
        }
      }
      // What a start has reported as saved is as safe as earlier checkpoints.
      if let safe = [before, outcome.savedStep].compactMap({ $0 }).max(), newest ?? -1 < safe {
        report.lostCheckpoints += 1
        report.findings.append("\(name): the checkpoint of step \(safe) is gone")
      }
    } catch {
      report.findings.append("\(name): \(error)")
    }
  }

  /// Damages the newest checkpoint, if there is another one to fall back to.
  private func damageNewest(_ fault: TortureFault, _ damaged: inout Set<Int>) throws {
    let steps = try store.steps().filter { [damaged] in !damaged.contains($0) }
    guard steps.count > 1 else { return }
    let folder = store.path(of: steps[0])
    // An optimizer without a state has no file.
    let files = ["model.safetensors", "optimizer.safetensors", "state.json"]
      .filter { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    let file = URL(filePath: "\(folder)/\(files[fault.choice % files.count])")
    var bytes = try Data(contentsOf: file)
    switch fault.choice / files.count % 3 {
    case 0: bytes = bytes.prefix(fault.choice % max(bytes.count, 1))
    case 1: bytes[fault.choice % bytes.count] ^= 1
    default: bytes = Data()
    }
    try bytes.write(to: file)
    damaged.insert(steps[0])
  }
}

/// How many faults a run gets, and which.
public struct TortureOptions: Sendable {
  /// The numbers of ranks to start with, in any order.
  public var ranks = [1, 2, 3, 4]
  /// Faults in all.
  public var faults = 20
  /// Chooses the faults and their times.
  public var seed: UInt64 = 0
  /// The latest time of a fault, in seconds after the start.
  public var longestDelay = 2.0
  /// Seconds without progress after which a rank counts as hung, in the starts in which one is made to hang.
  public var hangTimeout = 2.0
  /// Assignments to keys of the configuration.
  public var assignments: [String] = []
  /// A bug to plant in every start, written as in `GMLP_TRAIN_FAULT`.
  public var planted: String?
  /// What may happen.
  package var kinds = TortureFault.Kind.allCases

  /// Twenty faults of all kinds.
  public init() {}

  /// The names of the kinds of faults.
  public static var kindNames: [String] { TortureFault.Kind.allCases.map(\.rawValue) }

  /// Leaves only the kinds with these names.
  ///
  /// - Throws: ``CommandError`` for an unknown name.
  public mutating func restrict(to names: [String]) throws(CommandError) {
    kinds = []
    for name in names {
      guard let kind = TortureFault.Kind(rawValue: name) else {
        throw CommandError(
          "--kind '\(name)': unknown; "
            + suggestion(for: name, among: Self.kindNames, called: "the kinds"),
          exitCode: .usage)
      }
      kinds.append(kind)
    }
  }
}
