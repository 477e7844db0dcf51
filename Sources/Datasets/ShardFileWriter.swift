/// Writes one shard: pixels as they come, then the labels, last of all the header.
final class ShardFileWriter {
  let path: String
  private(set) var sampleCount = 0
  private var labels: [Int32] = []
  private var file: OpenFile?
  private var position = ShardHeader.byteCount
  private var pending: [UInt8] = []
  private var digest = ShardDigest()

  init(_ path: String) throws(DatasetError) {
    self.path = path
    file = try OpenFile(creating: path)
  }

  func append(pixels: [UInt8], label: Int32) throws(DatasetError) {
    pending += pixels
    labels.append(label)
    sampleCount += 1
    if pending.count >= 1 << 20 { try flush() }
  }

  /// Writes the labels and keeps neither memory nor file: a set may have any number of shards.
  func finishContent() throws(DatasetError) {
    pending += labels.flatMap { littleEndianBytes($0) }
    try flush()
    (labels, pending) = ([], [])
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
