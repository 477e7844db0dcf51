package import Checkpoints

/// One tensor of a file.
public struct TensorSummary: Sendable, Encodable {
  /// Its name.
  public let name: String
  /// The type of its elements, in the format's words.
  public let type: String
  /// Its extents, row-major.
  public let shape: [Int]
  /// Its elements.
  public let count: Int

  /// The tensors of `file` by name.
  package static func tensors(of file: SafeTensorsFile) -> [TensorSummary] {
    file.tensors.values.sorted { $0.name < $1.name }.map {
      TensorSummary(name: $0.name, type: $0.typeName, shape: $0.shape, count: $0.count)
    }
  }
}

/// What a safetensors file holds; its header was checked.
public struct TensorFileSummary: Sendable, Encodable {
  /// The file.
  public let path: String
  /// Elements of all tensors.
  public let parameters: Int
  /// Texts that its writer added.
  public let metadata: [String: String]
  /// The tensors by name.
  public let tensors: [TensorSummary]

  /// Reads the header of the file at `path`.
  ///
  /// - Throws: `CheckpointError`.
  public init(_ path: String) throws {
    let file = try SafeTensorsFile(path: path)
    self.path = path
    metadata = file.metadata
    tensors = TensorSummary.tensors(of: file)
    parameters = tensors.reduce(0) { $0 + $1.count }
  }
}
