import ArgumentParser

/// `gmlp-train export`: a run in the forms of other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a run in the form that another program reads.",
    discussion: """
      gmlp-train export tensorboard RUN                   curves, for TensorBoard
      gmlp-train export onnx RUN --output m.onnx          the model, for ONNX
      gmlp-train export huggingface RUN --output FOLDER   the model, for timm
      """,
    subcommands: [
      ExportTensorBoardCommand.self, ExportONNXCommand.self, ExportHuggingFaceCommand.self,
    ])
}
