import Checkpoints
import Configuration
import Digests
import Files
import Foundation
import Platform

/// The tensors of one safetensors file, or of several that an index lists.
struct GivenTensors: Sendable {
  /// The file, or the index.
  let path: String
  /// The tensors by name.
  let tensors: [String: SafeTensor]

  /// The files, in the order of their names.
  private let opened: [SafeTensorsFile]
  /// The bytes of the index; nil for one file.
  private let index: [UInt8]?
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
    opened = [file]
    index = nil
  }

  /// Those of the files beside the index at `path`, as Hugging Face writes it.
  ///
  /// - Throws: `CommandError` for an index that cannot be read, or that a file does not match; `CheckpointError` for a
  ///   file that cannot be read.
  init(index path: String) throws {
    let bytes: Data
    let index: Index
    do {
      bytes = try Data(contentsOf: URL(filePath: path))
      index = try JSONDecoder().decode(Index.self, from: bytes)
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
    self.opened = opened.sorted { $0.key < $1.key }.map(\.value)
    self.index = Array(bytes)
  }

  /// Reads all of a tensor as floats.
  ///
  /// - Precondition: the tensor is there. Traps otherwise.
  /// - Throws: as ``SafeTensorsFile/read(_:at:into:)``.
  func read(_ name: String, into values: inout MutableSpan<Float>) throws(CheckpointError) {
    try file(of: name).read(name, into: &values)
  }

  /// Reads as ``read(_:into:)`` does, and appends the bytes to the digest of the tensor's file.
  ///
  /// - Parameters:
  ///   - name: the tensor.
  ///   - values: (n) receives the tensor's n elements.
  ///   - digests: what ``digests()`` has made.
  /// - Precondition: tensors of one file are read in its order, see ``place(of:)``.
  /// - Throws: as ``SafeTensorsFile/read(_:into:appendingTo:)``.
  func read(
    _ name: String, into values: inout MutableSpan<Float>,
    appendingTo digests: [String: SafeTensorsDigest]
  ) throws(CheckpointError) {
    let file = file(of: name)
    guard let digest = digests[file.path] else {
      preconditionFailure("\(file.path) has no digest")
    }
    try file.read(name, into: &values, appendingTo: digest)
  }

  /// Where a tensor lies: who reads them by this has those of each file in its order.
  func place(of name: String) -> (file: String, start: Int, end: Int) {
    let bytes = tensors[name]?.bytes ?? 0..<0
    return (files[name]?.path ?? "", bytes.lowerBound, bytes.upperBound)
  }

  /// For each file, by its path, a digest that has its header.
  func digests() -> [String: SafeTensorsDigest] {
    var digests: [String: SafeTensorsDigest] = [:]
    for file in opened { digests[file.path] = file.digest() }
    return digests
  }

  /// Reads what the digests lack, and makes one of them.
  ///
  /// Of one file it is the SHA-256. Of an index it is the SHA-256 of the index's bytes, followed by the hexadecimal
  /// SHA-256 of each file in the order of their names.
  ///
  /// - Parameter digests: what ``digests()`` has made, with the tensors that have been read since.
  /// - Throws: `CheckpointError` if a file cannot be read.
  /// - Returns: 64 lower-case hexadecimal digits.
  func finish(_ digests: [String: SafeTensorsDigest]) throws(CheckpointError) -> String {
    var ofFiles: [String] = []
    for file in opened {
      guard let digest = digests[file.path] else {
        preconditionFailure("\(file.path) has no digest")
      }
      ofFiles.append(try digest.finish())
    }
    guard let index else { return ofFiles[0] }
    var digest = SHA256()
    digest.update(index.span)
    for text in ofFiles {
      let digits = Array(text.utf8)
      digest.update(digits.span)
    }
    return digest.hexadecimal
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
