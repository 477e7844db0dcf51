/// Writes one shard: pixels as they come, then the labels, last of all the header.
final class ShardFileWriter {
  private(set) var sampleCount = 0

  private let content: ShardContentWriter
  private var labels: [Int32] = []

  init(_ path: String) throws(DatasetError) {
    content = try ShardContentWriter(creating: path, headerBytes: ShardHeader.byteCount)
  }

  func append(pixels: [UInt8], label: Int32) throws(DatasetError) {
    try content.append(pixels)
    labels.append(label)
    sampleCount += 1
  }

  /// Writes the labels and keeps neither memory nor file: a set may have any number of shards.
  func finishContent() throws(DatasetError) {
    try content.append(labels.flatMap { littleEndianBytes($0) })
    try content.finish()
    labels = []
  }

  /// Writes the header and returns when all is on the disk.
  func finish(_ header: ShardHeader) throws(DatasetError) {
    try content.write(header: header.encode())
  }
}
