package import Configuration
import Files
import Foundation
import Model
import Platform

/// A folder for Hugging Face that is read: one of ours, also as transformers has saved it again, or one of timm whose
/// model we have too.
package struct HuggingFaceFolder {
  /// What `config.json` says of the model and its input; the rest is as usual.
  package let configuration: TrainingConfiguration
  /// The file of the weights, or the index of several.
  package let weights: String
  /// The file of the vocabulary, and what such files are called here; nil if there is none.
  package let vocabulary: (path: String, name: String)?

  /// The keys of `preprocessing` in our folders, and of `pretrained_cfg` in timm's, with ours.
  private static let inputKeys = [
    "mean": "data.mean", "std": "data.std", "crop_fraction": "augment.crop_fraction",
    "crop_pct": "augment.crop_fraction", "interpolation": "augment.interpolation",
  ]

  /// Reads `config.json` and looks for the other files.
  ///
  /// - Throws: `CommandError` (65) for a folder that is none of these, `ConfigurationError` for sizes that do not fit.
  package init(_ folder: String) throws {
    let file = "\(folder)/config.json"
    let names = [ModelFolder.weights, "\(ModelFolder.weights).index.json"]
    guard FileManager.default.fileExists(atPath: file),
      let weights = names.first(where: { Self.isThere($0, in: folder) })
    else {
      throw CommandError(
        "\(folder): has no config.json with a \(ModelFolder.weights); name a folder for Hugging Face",
        exitCode: .badData)
    }
    self.weights = "\(folder)/\(weights)"
    let vocabularies = [("vocab.txt", "vocabulary.txt"), ("spiece.model", "vocabulary.model")]
    vocabulary = vocabularies.first { Self.isThere($0.0, in: folder) }
      .map { (path: "\(folder)/\($0.0)", name: $0.1) }

    let entries = try Self.read(file)
    var configuration = TrainingConfiguration()
    if let network = entries["network"], entries["model_type"]?.string == "gmlp_train" {
      try configuration.apply(network: network, file)
      guard case .list(let classes)? = entries["architectures"], let name = classes.first?.string,
        let kind = ExportedTask.kind(ofClass: name)
      else {
        throw CommandError(
          "\(file): architectures names no class of modeling_gmlp.py; save the whole model with "
            + "save_pretrained", exitCode: .badData)
      }
      configuration.model.task.kind = kind
      if configuration.model.tokenGrid == nil,
        ExportedTask(configuration.model).head == .classes
      {
        try configuration.assign(network["pooling"], to: "task.pooling", file)
      }
    } else if let name = entries["architecture"]?.string,
      let model = ModelConfiguration.ofTimm(name)
    {
      configuration.model = model
      try configuration.assign(entries["num_classes"], to: "model.num_classes", file)
      try configuration.assign(entries["model_args"]?["img_size"], to: "model.image_size", file)
      try configuration.assign(entries["model_args"]?["in_chans"], to: "model.channels", file)
    } else {
      throw CommandError(
        "\(file): is of no model that gmlp-train has; export huggingface writes such folders, and "
          + "--weights takes tensors of the same names", exitCode: .badData)
    }
    for (name, key) in Self.inputKeys.sorted(by: { $0.key < $1.key }) {
      let value = entries["preprocessing"]?[name] ?? entries["pretrained_cfg"]?[name]
      try configuration.assign(value, to: key, file)
    }
    let formats = type(of: configuration.task).formats
    if let usual = formats.first, !formats.contains(configuration.data.format) {
      configuration.data.format = usual
    }
    self.configuration = configuration
  }

  private static func isThere(_ name: String, in folder: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(folder)/\(name)")
  }

  private static func read(_ file: String) throws(CommandError) -> JSONValue {
    do {
      return try JSONDecoder().decode(JSONValue.self, from: Data(contentsOf: URL(filePath: file)))
    } catch is DecodingError {
      throw CommandError("\(file): is no JSON; use another copy", exitCode: .badData)
    } catch {
      throw CommandError("\(file): cannot be read: \(error.reason)", exitCode: .badData)
    }
  }
}

extension TrainingConfiguration {
  /// Takes the sizes of a network, which have the names of [model]; others are of no use here.
  fileprivate mutating func apply(network: JSONValue, _ file: String) throws(ConfigurationError) {
    for setting in Self.settings where setting.table == "model" {
      try assign(network[setting.name], to: setting.key, file)
    }
    if model.tokenGrid == nil { try assign(network["tokens"], to: "model.sequence_length", file) }
  }

  /// Gives a key the value of an entry, if there is one.
  fileprivate mutating func assign(
    _ value: JSONValue?, to key: String, _ file: String
  ) throws(ConfigurationError) {
    guard let toml = value?.toml else { return }
    let parts = key.split(separator: ".")
    try apply(toml: "[\(parts[0])]\n\(parts[1]) = \(toml)\n", from: file)
  }
}
