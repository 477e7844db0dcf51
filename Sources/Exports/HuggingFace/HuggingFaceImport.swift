import Configuration
import Files
import Foundation
import Platform

/// A model of a folder for Hugging Face, written as this program reads it: `model.toml`, `model.safetensors`, and the
/// vocabulary of a model of text.
package struct HuggingFaceImport {
  /// The names of the files in the order in which they were written.
  package let files: [String]

  /// The file of the configuration.
  package static let configurationFile = "model.toml"

  /// Writes the folder; files of these names that are there are replaced.
  ///
  /// - Parameters:
  ///   - source: what was read.
  ///   - model: its weights, which fit its configuration.
  ///   - folder: where; it is made if it is not there.
  /// - Throws: `CommandError` (65 for a vocabulary that cannot be read, 74), `CheckpointError`.
  package init(_ source: HuggingFaceFolder, _ model: ExportedModel, to folder: String) throws {
    let text = source.configuration.unusualKeys()
    var files = [(name: Self.configurationFile, bytes: Array(text.utf8))]
    if let vocabulary = source.vocabulary {
      do {
        let content = try Data(contentsOf: URL(filePath: vocabulary.path))
        files.append((name: vocabulary.name, bytes: Array(content)))
      } catch {
        throw CommandError(
          "\(vocabulary.path): cannot be read: \(error.reason)", exitCode: .badData)
      }
    }
    let place = try ModelFolder(making: folder)
    try place.writeWeights(of: model)
    for (name, bytes) in files { try place.write(bytes, as: name) }
    self.files = [ModelFolder.weights] + files.map(\.name)
  }
}

extension TrainingConfiguration {
  /// The keys that are not as usual, in their tables, as TOML.
  func unusualKeys(without left: Set<String> = []) -> String {
    let usual = TrainingConfiguration()
    var (text, table) = ("", "")
    for setting in Self.settings where !left.contains(setting.key) {
      let value = setting.value(in: self)
      if value == setting.value(in: usual) { continue }
      if setting.table != table {
        table = setting.table
        text += "[\(table)]\n"
      }
      text += "\(setting.name) = \(value)\n"
    }
    return text
  }
}
