import ArgumentParser
import Configuration
import Exports
import Files
import Inspection
import Train

/// `gmlp-train import`: a folder for Hugging Face, as this program reads it.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Read a model from a folder for Hugging Face.",
    discussion: """
      gmlp-train import mlm-small-hf --output mlm-small
      gmlp-train import gmlp-s16-timm --output gmlp-s16

      Takes folders that export huggingface has written, also as transformers has saved them \
      after more training, and folders of timm's models that gmlp-train has too. Writes \
      model.safetensors in fp32, model.toml with the model's configuration, and the vocabulary of \
      a model of text. Every tensor has to be there, and no other.

      evaluate and predict take --config model.toml --weights model.safetensors, once [data] is \
      added; train takes the weights for any model that they can be fitted to.
      """)

  @Argument(help: ArgumentHelp("The folder to read.", valueName: "folder"), completion: .directory)
  var source: String

  @Option(
    help: ArgumentHelp("The folder to write.", valueName: "folder"), completion: .directory)
  var output: String

  func run() throws {
    SingleProcess.run {
      let folder = try HuggingFaceFolder(source)
      let trained = try TrainedModel(
        .file(folder.weights, folder.configuration), averaged: false, assignments: [],
        warning: StandardError.write)
      let written = try HuggingFaceImport(folder, ExportedModel(trained), to: output)
      let files = written.files.joined(separator: ", ")
      try Output(json: false).line(printable("\(output): \(files)"))
    }
  }
}
