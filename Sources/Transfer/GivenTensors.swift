import Checkpoints
import Configuration
import Files
import Foundation
import Platform

/// The tensors of one safetensors file, or of several that an index lists.
struct GivenTensors: Sendable {
  /// The file, or the index.
  let path: String
  /// The tensors by name.
  let tensors: [String: SafeTensor]

  /// The file that holds each tensor.
  private let files: [String: SafeTensorsFile]

  /// What the name of an index ends with.
  static let indexEnding = ".safetensors.index.json"

  /// The part of an index that counts.
  private struct Index: Decodable {
    /// The name of the file that holds each tensor.
    let files: [String: String]

    private enum CodingKeys: String, CodingKey {
      case files = "weight_map"
    }
  }

  /// Those of one file.
  init(_ file: SafeTensorsFile) {
    path = file.path
    tensors = file.tensors
    files = file.tensors.mapValues { _ in file }
  }

  /// Those of the files beside the index at `path`, as Hugging Face writes it.
  ///
  /// - Throws: `CommandError` for an index that cannot be read, or that a file does not match; `CheckpointError` for a
  ///   file that cannot be read.
  init(index path: String) throws {
    let index: Index
    do {
      index = try JSONDecoder().decode(Index.self, from: Data(contentsOf: URL(filePath: path)))
    } catch is DecodingError {
      throw CommandError(
        "\(path): is no index of safetensors files, which has a weight_map of names; name the index or a file",
        exitCode: .badData)
    } catch {
      throw CommandError("\(path): cannot be read: \(error.reason)", exitCode: .badData)
    }
    let folder = URL(filePath: path).deletingLastPathComponent().path
    var opened: [String: SafeTensorsFile] = [:]
    for name in Set(index.files.values).sorted() {
      guard !name.isEmpty, !name.hasPrefix("."), !name.utf8.contains(UInt8(ascii: "/")) else {
        throw CommandError(
          "\(path): lists the file \"\(name)\", and all have to lie beside the index",
          exitCode: .badData)
      }
      opened[name] = try SafeTensorsFile(path: "\(folder)/\(name)")
    }
    var tensors: [String: SafeTensor] = [:]
    var files: [String: SafeTensorsFile] = [:]
    for (tensor, name) in index.files.sorted(by: { $0.key < $1.key }) {
      guard let file = opened[name], let found = file.tensors[tensor] else {
        throw CommandError(
          "\(path): \(tensor) is not in \(name); take index and files from one place",
          exitCode: .badData)
      }
      tensors[tensor] = found
      files[tensor] = file
    }
    self.path = path
    self.tensors = tensors
    self.files = files
  }

  /// Reads all of a tensor as floats.
  ///
  /// - Precondition: the tensor is there. Traps otherwise.
  /// - Throws: as ``SafeTensorsFile/read(_:at:into:)``.
  func read(_ name: String, into values: inout MutableSpan<Float>) throws(CheckpointError) {
    try file(of: name).read(name, into: &values)
  }

  /// Throws if a tensor does not hold floating-point numbers.
  func requireFloats(_ name: String) throws(CheckpointError) {
    try file(of: name).requireFloats(name)
  }

  private func file(of name: String) -> SafeTensorsFile {
    guard let file = files[name] else { preconditionFailure("\(path) has no tensor \(name)") }
    return file
  }
}
