import Checkpoints
import Configuration
import Files
import Foundation
import Kernels
import Model
import Platform

/// Writes the files of a folder that holds a model.
struct ModelFolder {
  /// The file of the weights.
  static let weights = "model.safetensors"

  /// The folder.
  let path: String

  /// Makes the folder, if it is not there.
  ///
  /// - Throws: `CommandError` (74).
  init(making path: String) throws(CommandError) {
    self.path = path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw Self.unwritable(path, error.reason)
    }
  }

  /// Writes all weights of `model` in fp32, in place of a file that is there.
  ///
  /// - Throws: `CheckpointError`.
  func writeWeights(of model: ExportedModel) throws(CheckpointError) {
    let parameters = model.layout.parameters
    let writer = try SafeTensorsWriter(
      path: "\(path)/\(Self.weights)",
      tensors: parameters.map { (name: $0.name, shape: $0.shape) },
      // Some versions of transformers refuse a file without it.
      metadata: ["format": "pt"])
    for parameter in parameters {
      try model.weights.withSpan(parameter.range) { values throws(CheckpointError) in
        try writer.write(values, tensor: parameter.name)
      }
    }
    _ = try writer.finish()
  }

  /// Writes a file, in place of one that is there.
  ///
  /// - Throws: `CommandError` (74).
  func write(_ bytes: [UInt8], as name: String) throws(CommandError) {
    do throws(SystemCallError) {
      let file = try RegularFile("\(path)/\(name)", for: .replacing)
      try file.write(bytes.span, at: 0)
      try file.synchronize()
      try file.close()
    } catch {
      throw Self.unwritable(error.path, error.reason)
    }
  }

  private static func unwritable(_ path: String, _ reason: String) -> CommandError {
    CommandError(
      "\(path): cannot be written: \(reason); give another --output", exitCode: .inputOutput)
  }
}
