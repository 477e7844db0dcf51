import Digests

/// The SHA-256 of a whole safetensors file, made while its tensors are read.
///
/// No byte is read a second time for it: it is the digest of what the reader got, even if the file changes meanwhile.
/// Tensors that nobody wants are read here, piece by piece.
package final class SafeTensorsDigest {
  private static let pieceLength = 1 << 20

  private let file: OpenFile
  private let length: Int
  private var digest = SHA256()
  /// The bytes of the file that the digest has.
  private var end = 0

  /// A digest of `file`, a safetensors file of `length` bytes, that has the bytes of its header.
  init(_ file: OpenFile, _ header: [UInt8], length: Int) {
    self.file = file
    self.length = length
    append(header.span)
  }

  /// Appends `values`, as the file has them after the bytes that the digest has.
  func append<Element: BitwiseCopyable>(_ values: Span<Element>) {
    digest.update(values)
    end += values.count * MemoryLayout<Element>.stride
  }

  /// Reads and appends the bytes that the digest lacks in front of `offset`.
  func skip(to offset: Int) throws(CheckpointError) {
    precondition(offset >= end, "byte \(offset) of \(file.path) after byte \(end) in a digest")
    var piece = [UInt8](repeating: 0, count: min(offset - end, Self.pieceLength))
    while end < offset {
      if piece.count > offset - end { piece.removeLast(piece.count - (offset - end)) }
      var bytes = piece.mutableSpan
      try file.read(at: end, into: &bytes)
      append(piece.span)
    }
  }

  /// Reads what is left of the file.
  ///
  /// - Throws: ``CheckpointError``: `.invalid` if the file has become shorter, `.inputOutput` if reading fails.
  /// - Returns: the digest, 64 lower-case hexadecimal digits.
  package func finish() throws(CheckpointError) -> String {
    try skip(to: length)
    return digest.hexadecimal
  }
}
