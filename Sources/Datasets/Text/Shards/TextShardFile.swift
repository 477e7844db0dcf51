/// One shard of text on its way to the disk: sequences as they come, last of all the header.
final class TextShardFile {
  private(set) var sampleCount = 0

  private let tokenBytes: Int
  private let content: ShardContentWriter

  /// Starts a shard of tokens of `tokenBytes` bytes.
  init(creating path: String, tokenBytes: Int) throws(DatasetError) {
    self.tokenBytes = tokenBytes
    content = try ShardContentWriter(creating: path, headerBytes: TextShardHeader.byteCount)
  }

  /// Takes up a shard of `sampleCount` sequences whose content is complete, and hands them over.
  init(
    finished path: String, sampleCount: Int, sequenceLength: Int, tokenBytes: Int,
    each: ([Int32]) -> Void
  ) throws(DatasetError) {
    self.tokenBytes = tokenBytes
    self.sampleCount = sampleCount
    let sequenceBytes = sequenceLength * tokenBytes
    let size = try OpenFile(reading: path).size()
    guard size == TextShardHeader.byteCount + sampleCount * sequenceBytes else {
      throw DatasetError(
        .invalid, FileLocation(path, offset: size),
        "this shard of an unfinished set was changed; give --force to start again")
    }
    // Pieces of a file and sequences have other borders.
    var rest: [UInt8] = []
    content = try ShardContentWriter(
      finished: path, headerBytes: TextShardHeader.byteCount
    ) { piece in
      rest += piece
      let whole = rest.count / sequenceBytes * sequenceBytes
      for start in stride(from: 0, to: whole, by: sequenceBytes) {
        let bytes = Array(rest[start..<(start + sequenceBytes)])
        each(TokenStorage.tokens(bytes, tokenBytes: tokenBytes))
      }
      rest.removeFirst(whole)
    }
  }

  func append(_ sequence: [Int32]) throws(DatasetError) {
    try content.append(TokenStorage.bytes(sequence, tokenBytes: tokenBytes))
    sampleCount += 1
  }

  /// Returns when the sequences are on the disk; keeps neither memory nor file.
  func finishContent() throws(DatasetError) { try content.finish() }

  /// Writes the header and returns when it is on the disk.
  func finish(_ header: TextShardHeader) throws(DatasetError) {
    try content.write(header: header.encode())
  }
}

/// How tokens lie in a shard: 2 or 4 bytes each, the lowest first.
enum TokenStorage {
  /// The bytes of `tokens`.
  static func bytes(_ tokens: [Int32], tokenBytes: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(tokens.count * tokenBytes)
    for token in tokens {
      for place in 0..<tokenBytes {
        bytes.append(UInt8(truncatingIfNeeded: token >> Int32(8 * place)))
      }
    }
    return bytes
  }

  /// The tokens that `bytes` hold.
  static func tokens(_ bytes: [UInt8], tokenBytes: Int) -> [Int32] {
    precondition(
      bytes.count.isMultiple(of: tokenBytes), "\(bytes.count) bytes of tokens of \(tokenBytes)")
    return stride(from: 0, to: bytes.count, by: tokenBytes).map { start in
      (0..<tokenBytes).reduce(0) {
        $0 | Int32(bitPattern: UInt32(bytes[start + $1])) << Int32(8 * $1)
      }
    }
  }
}
