import Configuration
package import Datasets
import Files
import Foundation
import Model
import Reporting

/// A folder that timm or transformers loads: weights, `config.json`, what else they need, and a model card.
package struct HuggingFaceExport {
  /// The folder.
  package let folder: String
  /// The names of the files in it, in the order in which they were written.
  package let files: [String]
  /// The line of Python that loads the model.
  package let loadingLine: String

  private static let code = "modeling_gmlp.py"

  /// Writes the folder; files of these names that are there are replaced.
  ///
  /// - Parameters:
  ///   - model: with its weights.
  ///   - folder: where; it is made if it is not there.
  ///   - vocabulary: of a model of text, for the tokenizer; nil for none.
  /// - Throws: `CommandError`, `CheckpointError`, `EncodingError`.
  package init(_ model: ExportedModel, to folder: String, vocabulary: Vocabulary? = nil) throws {
    let configuration = model.configuration.model
    let architecture = configuration.nameInTimm
    let absolute = SystemPath.absolute(folder, from: FileManager.default.currentDirectoryPath)
    self.folder = folder
    loadingLine = Self.loadingLine(configuration, architecture, absolute)

    var texts: [(name: String, bytes: [UInt8])] = []
    if let architecture {
      let entries = HuggingFaceConfiguration.timm(model, architecture: architecture)
      texts.append(("config.json", try Self.bytes(of: entries)))
    } else {
      let entries = HuggingFaceConfiguration.transformers(model)
      texts.append(("config.json", try Self.bytes(of: entries)))
      texts.append((Self.code, PackageResources.modeling_gmlp_py))
    }
    if let vocabulary {
      texts += try Self.tokenizer(vocabulary, length: configuration.sequenceLength)
    }
    // The folder is copied and published: where it was written is nobody's business.
    let name = URL(filePath: absolute).lastPathComponent
    let card = ModelCard(
      model, architecture: architecture,
      loadingLine: Self.loadingLine(configuration, architecture, "/path/to/\(name)"))
    texts.append(("README.md", Array(card.text.utf8)))

    let place = try ModelFolder(making: folder)
    try place.writeWeights(of: model)
    for (name, bytes) in texts { try place.write(bytes, as: name) }
    files = [ModelFolder.weights] + texts.map(\.name)
  }

  private static func loadingLine(
    _ configuration: ModelConfiguration, _ architecture: String?, _ folder: String
  ) -> String {
    if architecture != nil {
      return "timm.create_model(\"local-dir:\(folder)\", pretrained=True)"
    }
    let name = ExportedTask(configuration).automaticClass
    return "transformers.\(name).from_pretrained(\"\(folder)\", trust_remote_code=True)"
  }

  /// The files of a tokenizer that cuts text as the vocabulary does.
  private static func tokenizer(
    _ vocabulary: Vocabulary, length: Int
  ) throws -> [(name: String, bytes: [UInt8])] {
    func piece(_ token: Int32) -> JSONValue { .text(vocabulary.pieces[Int(token)]) }
    let special = vocabulary.special
    var entries: [String: JSONValue] = [
      "pad_token": piece(special.padding), "unk_token": piece(special.unknown),
      "cls_token": piece(special.start), "sep_token": piece(special.separator),
      "mask_token": piece(special.mask), "model_max_length": .integer(length),
      "model_input_names": .list([.text("input_ids")]),
    ]
    let isWordPiece = vocabulary.kind.hasPrefix("WordPiece")
    var files = [(name: isWordPiece ? "vocab.txt" : "spiece.model", bytes: vocabulary.content)]
    if isWordPiece {
      entries["tokenizer_class"] = .text("BertTokenizer")
      entries["do_lower_case"] = .flag(vocabulary.kind == "WordPiece, uncased")
    } else if let tokenizer = SentencePieceTokenizer(vocabulary).json {
      entries["tokenizer_class"] = .text("PreTrainedTokenizerFast")
      let text = try JSONText.encode(tokenizer, naming: .useDefaultKeys)
      files.append((name: "tokenizer.json", bytes: Array(text)))
    } else {
      entries["tokenizer_class"] = .text("AlbertTokenizer")
      entries["do_lower_case"] = .flag(false)
      entries["keep_accents"] = .flag(true)
    }
    files.append((name: "tokenizer_config.json", bytes: try bytes(of: .object(entries))))
    return files
  }

  private static func bytes(of value: JSONValue) throws -> [UInt8] {
    Array(try JSONText.encode(value, naming: .useDefaultKeys, isPretty: true)) + [10]
  }
}
