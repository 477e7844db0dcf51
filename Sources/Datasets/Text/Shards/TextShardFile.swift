/// One shard of text on its way to the disk: sequences as they come, last of all the header.
final class TextShardFile {
  let path: String
  private(set) var sampleCount = 0

  private let tokenBytes: Int
  private var file: OpenFile?
  private var position = TextShardHeader.byteCount
  private var pending: [UInt8] = []
  private var digest = ShardDigest()

  /// Starts a shard of tokens of `tokenBytes` bytes.
  init(creating path: String, tokenBytes: Int) throws(DatasetError) {
    self.path = path
    self.tokenBytes = tokenBytes
    file = try OpenFile(creating: path)
  }

  /// Takes up a shard of `sampleCount` sequences whose content is complete, and hands them over.
  init(
    finished path: String, sampleCount: Int, sequenceLength: Int, tokenBytes: Int,
    each: ([Int32]) -> Void
  ) throws(DatasetError) {
    self.path = path
    self.tokenBytes = tokenBytes
    self.sampleCount = sampleCount
    let mapped = try MappedBytes(contentsOf: path)
    let sequenceBytes = sequenceLength * tokenBytes
    guard mapped.count == TextShardHeader.byteCount + sampleCount * sequenceBytes else {
      throw DatasetError(
        .invalid, mapped.location(mapped.count),
        "this shard of an unfinished set was changed; give --force to begin anew")
    }
    for sample in 0..<sampleCount {
      let bytes = mapped.bytes(
        from: TextShardHeader.byteCount + sample * sequenceBytes, count: sequenceBytes)
      digest.update(bytes)
      each(TokenStorage.tokens(bytes, tokenBytes: tokenBytes))
    }
  }

  func append(_ sequence: [Int32]) throws(DatasetError) {
    TokenStorage.append(sequence, tokenBytes: tokenBytes, to: &pending)
    sampleCount += 1
    if pending.count >= 1 << 20 { try flush() }
  }

  /// Returns when the sequences are on the disk; keeps neither memory nor file.
  func finishContent() throws(DatasetError) {
    try flush()
    pending = []
    try file?.synchronize()
    file = nil
  }

  /// Writes the header and returns when it is on the disk.
  func finish(_ header: TextShardHeader) throws(DatasetError) {
    let bytes = header.encode()
    let file = try OpenFile(updating: path)
    try file.write(bytes + digest.finalize(header: bytes), at: 0)
    try file.synchronize()
  }

  private func flush() throws(DatasetError) {
    guard let file else { preconditionFailure("\(path) is finished") }
    try file.write(pending, at: position)
    digest.update(pending)
    position += pending.count
    pending.removeAll(keepingCapacity: true)
  }
}
