import ArgumentParser
import Configuration
import Datasets
import Exports
import Files
import Inspection
import Model
import Train

/// `gmlp-train export huggingface`: a trained model, for timm and transformers.
struct ExportHuggingFaceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "huggingface",
    abstract: "Write a trained model as a folder for timm and transformers.",
    discussion: """
      gmlp-train export huggingface runs/gmlp-s16 --ema --output gmlp-s16
      gmlp-train export huggingface runs/mlm-small --output mlm-small

      Models of images that timm has too load in both libraries by config.json alone. For all \
      others there is one Python file in the folder, which transformers runs if it is trusted. \
      The line that loads the model is printed and stands in the folder's README.md.

      A model of text gets its tokenizer from the vocabulary beside the training set, or the one \
      named by --vocabulary.
      """)

  @OptionGroup var options: ExportOptions

  @Option(
    help: ArgumentHelp("The folder to write.", valueName: "folder"), completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp("The vocabulary of a text model.", valueName: "file"),
    completion: .file())
  var vocabulary: String?

  func run() throws {
    SingleProcess.run {
      let trained = try options.load()
      let export = try HuggingFaceExport(
        ExportedModel(trained), to: output, vocabulary: tokenizer(of: trained))
      try Output(json: false).line(
        printable("\(export.folder): \(export.files.joined(separator: ", "))") + "\n"
          + printable(export.loadingLine))
    }
  }

  /// The vocabulary of a model that has one; without it, and without a training set, the folder has no tokenizer.
  private func tokenizer(of trained: TrainedModel) throws -> Vocabulary? {
    if trained.configuration.model.vocabulary.isEmpty { return nil }
    do {
      return try trained.trainingVocabulary(in: vocabulary)
    } catch  where vocabulary == nil {
      StandardError.write("the folder gets no tokenizer: \(error)")
      return nil
    }
  }
}
