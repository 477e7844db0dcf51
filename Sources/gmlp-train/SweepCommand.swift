import ArgumentParser
import Comm
import Files
import Foundation
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
      let table =
        show
        ? try SweepTable(plan, in: folder)
        : try SweepRunner(
          plan, in: folder, .init(ranks: ranks, threads: threads, usesStandardError: json)
        ).run {
          output.say("run \($0) of \(plan.runs.count): \(printable($1.variant)), seed \($1.seed)")
        }
      try output.give(table, table.markdown)
    }
  }
}
