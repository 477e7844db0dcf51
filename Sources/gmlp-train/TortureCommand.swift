import ArgumentParser
import Configuration
import Files
import Foundation
import Platform
import Torture
import Train

/// `gmlp-train torture`: disturbs a run again and again and compares its result.
struct TortureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "torture",
    abstract: "Disturb a run in many ways and compare its result with an undisturbed one.",
    discussion: """
      gmlp-train torture --config configs/digits.toml --output /tmp/torture --faults 100

      First the run is trained undisturbed in one process. Then it is started repeatedly on \
      varying numbers of ranks, each time with one fault. Faults are killed, hung or slow ranks, \
      flipped bits, failing disks and damaged checkpoints. After each fault every checkpoint is verified. At the \
      end the weights must have the same bits. mpirun starts the ranks, so source \
      launch/environment.sh first.

      The exit code is 0 if nothing was wrong, else 70, with one line for each problem.
      """)

  @Option(help: "The configuration (.toml).", completion: .file(extensions: ["toml"]))
  var config: String

  @Option(help: "A new folder for the runs.", completion: .directory)
  var output: String

  @Option(help: "Total number of faults.")
  var faults = 20

  @Option(help: "Numbers of ranks to start with, separated by commas.")
  var ranks = "1,2,3,4"

  @Option(help: "Chooses the faults and their times.")
  var seed: UInt64 = 0

  @Option(help: "Latest time of a fault, in seconds after the start.")
  var delay = 2.0

  @Option(
    help: ArgumentHelp(
      "Only this kind: \(TortureOptions.kindNames.joined(separator: "; ")). May be repeated."))
  var kind: [String] = []

  @Option(
    help: ArgumentHelp(
      "A bug to plant in every disturbed start, in GMLP_TRAIN_FAULT syntax, to check that it is detected.",
      valueName: "fault"))
  var planted: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Set one key. May be repeated.", valueName: "key=value"))
  var assignments: [String] = []

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    if faults < 1 { throw ValidationError("--faults \(faults): must be at least 1") }
    if !(delay > 0 && delay <= 3_600) {
      throw ValidationError("--delay \(delay): must be above 0 and at most 3600")
    }
    if worlds.isEmpty { throw ValidationError("--ranks \(ranks): give numbers, as in 1,2,4") }
    try worlds.forEach { try WorkerNumbers.check(ranks: $0) }
  }

  func run() throws {
    SingleProcess.run {
      var options = TortureOptions()
      options.faults = faults
      options.ranks = worlds
      options.seed = seed
      options.longestDelay = delay
      options.planted = planted
      options.assignments = assignments
      if !kind.isEmpty { try options.restrict(to: kind) }
      let output = Output(json: json)
      let report = try Torture(config, in: self.output, options, say: output.say).run()
      try output.give(report, report.text)
      guard report.isClean else {
        throw CommandError(
          "\(counted(report.findings.count, "problem")); see above and \(self.output)/output.log",
          exitCode: .internalError)
      }
    }
  }

  private var worlds: [Int] {
    let parts = ranks.split(separator: ",").map { Int($0) }
    return parts.contains { $0 == nil || $0 ?? 0 < 1 } ? [] : parts.compactMap { $0 }
  }
}

extension TortureReport {
  /// The table for people, in Markdown.
  var text: String {
    var lines = [
      "| fault | times | exit codes | verdicts | other rank named | verdict after | all gone after |",
      "| --- | ---: | --- | --- | ---: | --- | --- |",
    ]
    for row in rows {
      let codes = row.exitCodes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      let causes = row.causes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
      let verdict =
        row.verdictSteps.isEmpty
        ? Self.range(row.verdictSeconds, "s")
        : Self.range(row.verdictSteps.map(Double.init), "steps")
      lines.append(
        "| \(row.kind) | \(row.faults) | \(codes.joined(separator: ", ")) "
          + "| \(causes.joined(separator: ", ")) | \(row.wrongRanks) | \(verdict) "
          + "| \(Self.range(row.goneSeconds, "s")) |")
    }
    lines.append("")
    lines.append(
      "\(counted(faults, "fault")) in \(counted(starts, "start")), \(counted(rounds, "training")) to the end: \(mismatches) with other weights, "
        + "\(lostCheckpoints) lost and \(damagedCheckpoints) damaged checkpoints, "
        + "\(leftovers) left-over processes; mpirun lingered \(counted(lingering, "time"))")
    lines.append("weights sha256 \(weightsSha256)")
    return (lines + findings).joined(separator: "\n") + "\n"
  }

  /// Median and maximum.
  private static func range(_ values: [Double], _ unit: String) -> String {
    let sorted = values.sorted()
    guard let last = sorted.last else { return "" }
    func text(_ value: Double) -> String { String(format: unit == "s" ? "%.2f" : "%.0f", value) }
    return "median \(text(sorted[sorted.count / 2])), maximum \(text(last)) \(unit)"
  }
}
