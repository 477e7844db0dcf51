import ArgumentParser

/// `gmlp-train export`: a run in the forms of other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a run in the form that another program reads.",
    discussion: """
      gmlp-train export tensorboard runs/digits                    its curves, for TensorBoard
      gmlp-train export onnx runs/digits --output digits.onnx      its model, for ONNX
      gmlp-train export huggingface runs/digits --output digits    its model, for transformers
      """,
    subcommands: [
      ExportTensorBoardCommand.self, ExportONNXCommand.self, ExportHuggingFaceCommand.self,
    ])
}
