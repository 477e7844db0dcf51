import ArgumentParser
import Exports
import Files
import Train

/// `gmlp-train export tensorboard`: what a run has recorded, for TensorBoard.
struct ExportTensorBoardCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensorboard",
    abstract: "Write the curves and weights of a run for TensorBoard.",
    discussion: """
      gmlp-train export tensorboard runs/digits
      tensorboard --logdir runs

      Writes one file of events from metrics.jsonl, with the times at which they happened, \
      and from the checkpoints that are left: histograms of their weights, and pictures of \
      spatial matrices. Done again, it replaces the file. A run with log.tensorboard = true \
      writes such files itself while it trains.
      """)

  @Option(
    help: ArgumentHelp(
      "The folder for the file, which TensorBoard shows as one run. (default: the run directory)",
      valueName: "folder"),
    completion: .directory)
  var output: String?

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var directory: String

  func run() throws {
    SingleProcess.run {
      let export = try TensorBoardExport(of: directory, to: output ?? directory)
      try Output(json: false).line(
        "\(export.path): \(counted(export.points, "point")), weights of "
          + counted(export.checkpoints, "checkpoint"))
    }
  }
}
