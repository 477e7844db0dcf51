import ArgumentParser
import Files
import Inspection
import Train

/// `gmlp-train checkpoints prune`: old ones away.
struct PruneCheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prune",
    abstract: "Remove old checkpoints and leftovers of interrupted saves.",
    discussion: """
      The newest valid ones stay, and so does the best. Before anything is removed, those that \
      stay are verified. Refused while a run uses the directory.
      """)

  @Option(help: "How many of the newest valid checkpoints stay, at least 2.")
  var keep: Int

  @Flag(help: "Say what would be removed, and remove nothing.")
  var dryRun = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(
    help: ArgumentHelp("The run directory, or its folder of checkpoints.", valueName: "run"),
    completion: .directory)
  var directory: String

  func validate() throws {
    if keep < 2 {
      throw ValidationError("--keep \(keep): must be at least 2, for one may turn out damaged")
    }
  }

  func run() throws {
    SingleProcess.run {
      let pruning = try CheckpointPruning(
        directory, keep: keep, isDryRun: dryRun, warning: StandardError.write)
      try Output(json: json).give(pruning, pruning.text)
    }
  }
}
