import ArgumentParser
import Inspection
import Train

/// `gmlp-train checkpoints list`: what checkpoints a run has.
struct ListCheckpointsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the checkpoints of a run, newest first.",
    discussion: """
      Reads states and headers, so it is quick however large the tensors are; verify reads \
      every byte. Leftovers of interrupted saves are listed last.
      """)

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(
    help: ArgumentHelp("The run directory, or its folder of checkpoints.", valueName: "run"),
    completion: .directory)
  var directory: String

  func run() throws {
    SingleProcess.run {
      let list = try CheckpointList(directory)
      try Output(json: json).give(list, list.text)
    }
  }
}
