/// Writes one shard: pixels as they come, then the labels, last of all the header.
final class ShardFileWriter {
  let path: String
  private var labels: [Int32] = []
  private var file: OpenFile?
  private var position = ShardHeader.byteCount
  private var pending: [UInt8] = []
  private var digest = ShardDigest()

  init(_ path: String) throws(DatasetError) {
    self.path = path
    file = try OpenFile(creating: path)
  }

  var sampleCount: Int { labels.count }

  func append(pixels: [UInt8], label: Int32) throws(DatasetError) {
    pending += pixels
    labels.append(label)
    if pending.count >= 1 << 20 { try flush() }
  }

  /// Writes the labels and closes the file, since a set may have more shards than a process files.
  func finishContent() throws(DatasetError) {
    pending += labels.flatMap { littleEndianBytes($0) }
    try flush()
    file = nil
  }

  /// Writes the header and returns when all is on the disk.
  func finish(_ header: ShardHeader) throws(DatasetError) {
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
