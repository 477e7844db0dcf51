import Digests

/// The length and digest by which a file's content is recognised.
public struct FileRecord: Codable, Sendable, Equatable {
  /// The length in bytes.
  public let bytes: Int
  /// The SHA-256 of the content, 64 lower-case hexadecimal digits.
  public let sha256: String

  /// A record of a file of `bytes` bytes with the digest `sha256`.
  public init(bytes: Int, sha256: String) {
    self.bytes = bytes
    self.sha256 = sha256
  }
}

extension FileRecord {
  /// Reads the file at `path` from start to end.
  init(reading path: String) throws(CheckpointError) {
    let file = try OpenFile(reading: path)
    var digest = SHA256()
    var chunk = [UInt8](repeating: 0, count: max(1, min(try file.length(), 1 << 20)))
    var offset = 0
    while true {
      var bytes = chunk.mutableSpan
      let count = try file.readAvailable(at: offset, into: &bytes)
      if count == 0 { break }
      digest.update(chunk.span.extracting(first: count))
      offset += count
    }
    self.init(bytes: offset, sha256: digest.hexadecimal)
  }
}
