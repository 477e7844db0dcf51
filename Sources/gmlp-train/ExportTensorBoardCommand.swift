import ArgumentParser
import Comm
import Configuration
import Datasets
import Exports
import Files
import Inspection
import Model
import Platform
import Train

/// `gmlp-train export tensorboard`: what a run has recorded, for TensorBoard.
struct ExportTensorBoardCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensorboard",
    abstract: "Write the curves and weights of a run for TensorBoard.",
    discussion: """
      gmlp-train export tensorboard runs/digits
      gmlp-train export tensorboard runs/digits --evaluate
      tensorboard --logdir runs

      Writes one file of events from metrics.jsonl, with the times at which they happened, \
      and from the checkpoints that are left: histograms of their weights, and pictures of \
      spatial matrices. --evaluate adds the confusion matrix and sample predictions of the best \
      weights. Done again, it replaces the file. A run with log.tensorboard = true writes such \
      files itself while it trains.
      """)

  @Option(
    help: ArgumentHelp(
      "The folder for the file, which TensorBoard shows as one run. (default: the run directory)",
      valueName: "folder"),
    completion: .directory)
  var output: String?

  @Flag(help: "Evaluate the best weights on the test set.")
  var evaluate = false

  @Option(help: "Worker threads of the evaluation.")
  var threads = 1

  @Argument(help: ArgumentHelp("The run directory.", valueName: "run"), completion: .directory)
  var directory: String

  func validate() throws {
    try WorkerNumbers.check(threads: threads)
  }

  func run() throws {
    guard evaluate else { SingleProcess.run { try tell(makeExport(nil)) } }
    World.run(computeThreads: threads) { communication in
      guard communication.size == 1 else {
        throw CommandError(
          "export runs in one process; start it without mpirun", exitCode: .usage)
      }
      let export = try CommandError.catching {
        try makeExport(evaluated(on: communication))
      }.get()
      try tell(export)
      return ExitCode.done.rawValue
    }
  }

  private func makeExport(
    _ evaluated: (step: Int, values: [TensorBoardValue])?
  ) throws -> TensorBoardExport {
    try TensorBoardExport(of: directory, to: output ?? directory, evaluated: evaluated)
  }

  private func tell(_ export: TensorBoardExport) throws {
    try Output(json: false).line(
      printable(
        "\(export.path): \(counted(export.points, "point")), weights of "
          + counted(export.checkpoints, "checkpoint")))
  }

  /// Evaluates the best weights of the run, and gives what is shown of that.
  private func evaluated(
    on communication: CommunicationThread
  ) throws -> (step: Int, values: [TensorBoardValue]) {
    let trained = try TrainedModel(
      .run(directory), averaged: false, assignments: ["train.threads=\(threads)"],
      warning: StandardError.write)
    let evaluation = try EvaluationRun(
      trained, on: .test, communication,
      keepsPredictions: trained.configuration.model.tokenGrid != nil)
    let pictures = try EvaluationPictures(
      trained, evaluation, maximumClasses: TensorBoardWriter.maximumClasses)
    var values: [TensorBoardValue] = []
    if let confusion = pictures.confusion {
      values.append(try TensorBoardValue(TensorBoardWriter.confusionTag, showing: confusion))
    }
    for sheet in pictures.sheets {
      values.append(try TensorBoardValue("validation/\(sheet.name)", showing: sheet.image))
    }
    if !pictures.table.isEmpty {
      values.append(TensorBoardValue("validation/samples", .text(pictures.table)))
    }
    return (step: trained.step ?? 0, values: values)
  }
}
