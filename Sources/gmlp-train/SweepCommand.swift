import ArgumentParser
import Comm
import Files
import Foundation
import Reporting
import Torture
import Train

/// `gmlp-train sweep`: variants of a configuration side by side.
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Train variants of a configuration and compare them.",
    discussion: """
      gmlp-train sweep configs/sweeps/text-models.toml --threads 2

      The file names a configuration, seeds, and variants with what they change:

        config = "../mlm-small.toml"
        seeds = [0, 1]
        [[variant]]
        name = "gMLP"
        [[variant]]
        name = "aMLP"
        set = ["model.attention_size=32"]

      A list named set before the variants applies to all of them. weights, before them or in one of them, names \
      a run or file to start from, as train --weights does; "" in a variant means random weights.

      Values of keys are searched with [grid], every combination of lists, or with [random], a number of \
      combinations drawn from lists and ranges. Both go with variants or stand alone:

        [random]
        count = 9
        optimizer.learning_rate = { from = 1e-4, to = 1e-2, scale = "log" }
        optimizer.weight_decay = [0.0, 0.05]

      With [halving], all variants are trained for a while and the best of them for longer: factor = 3 lets one \
      in three go on, and budget is the number of steps of all runs together. docs/sweeps.md says more.

      Every variant is trained from every seed on the same samples in the same order. The runs are in \
      one folder, with table.md, table.json, loss.svg and accuracy.svg, which are rewritten after each. \
      Run the same command again to resume.

      Runs that classify texts or find answers are evaluated at the end, with their last weights. The \
      table then has the median, mean, range and standard deviation of each score over the seeds, and how \
      many runs have failed, that is, predict one class for all texts. A plot of each score (f1-seeds.svg) has a \
      dot for each run.
      """)

  @Argument(help: "The sweep file (.toml).", completion: .file(extensions: ["toml"]))
  var sweep: String

  @Option(
    help: ArgumentHelp(
      "The folder of the runs. (default: runs/<name of the sweep>)", valueName: "folder"),
    completion: .directory)
  var output: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set one key of all variants, before their own. May be repeated.",
      valueName: "key=value"))
  var assignments: [String] = []

  @OptionGroup var hyperparameters: HyperparameterOptions

  @Option(
    help: ArgumentHelp(
      "Start all variants that name no weights from this run or .safetensors file."))
  var weights: String?

  @Option(
    help: """
      Ranks of each run; mpirun starts two or more, so source launch/environment.sh first.
      """)
  var ranks = 1

  @Option(help: "Worker threads per rank.")
  var threads: Int?

  @Flag(help: "Show the results so far; train nothing.")
  var show = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    if Launcher.size > 1 {
      throw ValidationError(
        "sweep runs in one process; give --ranks \(Launcher.size) in place of mpirun")
    }
    try WorkerNumbers.check(ranks: ranks, threads: threads)
  }

  func run() throws {
    SingleProcess.run {
      let output = Output(json: json)
      let plan = try Sweep(
        file: sweep, common: assignments + hyperparameters.assignments, weights: weights)
      let name = URL(fileURLWithPath: sweep).deletingPathExtension().lastPathComponent
      let folder = self.output ?? "runs/\(name)"
      let launch = SweepRunner.Launch(ranks: ranks, threads: threads, usesStandardError: json)
      if let halving = plan.halving {
        let table =
          show
          ? try HalvingTable(plan, halving, in: folder)
          : try HalvingRunner(plan, halving, in: folder, launch).run { run, rung, seconds in
            let left = seconds.map { ", about \(WorkProgress.clock($0)) left" } ?? ""
            output.say(
              "rung \(rung + 1) of \(halving.rungs.count), \(halving.rungs[rung].steps) steps: "
                + "\(printable(run.variant)), seed \(run.seed)\(left)")
          }
        return try output.give(table, table.markdown)
      }
      if show {
        let table = try SweepTable(plan, in: folder)
        return try output.give(table, table.markdown)
      }
      var clock = SweepClock(runs: plan.runs.count)
      let table = try SweepRunner(plan, in: folder, launch).run { number, run in
        let left = clock.begin(number).map { ", about \($0) left" } ?? ""
        output.say(
          "run \(number) of \(plan.runs.count): \(printable(run.variant)), seed \(run.seed)\(left)")
      }
      if let time = clock.total { output.say("trained for \(time)") }
      try output.give(table, table.markdown)
    }
  }
}

/// How long the runs of a sweep take, by those that this command has trained.
private struct SweepClock {
  private let runs: Int
  private var first: ContinuousClock.Instant?
  private var trained = 0

  /// A clock for so many runs.
  init(runs: Int) { self.runs = runs }

  /// Notes that a run begins, with its number from 1; returns the time that is left if all take as long as those before.
  mutating func begin(_ number: Int) -> String? {
    guard let first else {
      self.first = .now
      return nil
    }
    trained += 1
    let perRun = seconds(since: first) / Double(trained)
    return WorkProgress.clock(perRun * Double(runs - number + 1))
  }

  /// The time since the first run began; nil if none did.
  var total: String? { first.map { WorkProgress.clock(seconds(since: $0)) } }

  private func seconds(since start: ContinuousClock.Instant) -> Double {
    start.duration(to: .now) / .seconds(1)
  }
}
