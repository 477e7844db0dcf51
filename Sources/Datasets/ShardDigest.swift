import Digests

/// The SHA-256 of one shard: of what follows the header, then of the header up to the digest.
struct ShardDigest: ~Copyable, Sendable {
  private var hasher = SHA256()

  /// Adds the next bytes after the header.
  mutating func update(_ content: [UInt8]) {
    hasher.update(content.span)
  }

  /// The 32 bytes for the content so far, without a header.
  var contentBytes: [UInt8] { hasher.bytes }

  /// The 32 bytes for all content and `header`; nothing may follow.
  mutating func finalize(header: [UInt8]) -> [UInt8] {
    hasher.update(header.span)
    return hasher.bytes
  }

  /// Reads a whole shard and compares its digest with the recorded one.
  ///
  /// - Parameters:
  ///   - file: the shard.
  ///   - offset: where its header, which ends with the digest, holds the digest.
  /// - Throws: ``DatasetError`` if they differ.
  static func verify(_ file: MappedBytes, digestAt offset: Int) throws(DatasetError) {
    var digest = ShardDigest()
    file.forEachPiece(from: offset + 32) { digest.update($0) }
    guard
      digest.finalize(header: file.bytes(from: 0, count: offset))
        == file.bytes(from: offset, count: 32)
    else {
      throw DatasetError(
        .invalid, file.location(offset),
        "the shard's content does not match its SHA-256; copy or make it again")
    }
  }
}
