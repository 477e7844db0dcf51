/// Writes one shard: pixels as they come, then the labels, last of all the header.
final class ShardFileWriter {
  private(set) var sampleCount = 0
  /// Whether the labels are written too.
  private(set) var isFinished = false

  private let content: ShardContentWriter
  private let imageShape: ImageShape
  private var labels: [Int32] = []
  /// What an earlier process wrote, where it was one.
  private var earlier: MappedBytes?

  /// Starts a shard; nothing may be at `path`.
  init(creating path: String, _ imageShape: ImageShape) throws(DatasetError) {
    content = try ShardContentWriter(creating: path, headerBytes: ShardHeader.byteCount)
    self.imageShape = imageShape
  }

  /// Takes up a shard that an earlier process completed but for its header; nil if it is not what it was.
  ///
  /// - Parameters:
  ///   - path: where it was.
  ///   - imageShape: the size of each image.
  ///   - samples: how many it had.
  ///   - sha256: the digest of what follows the header.
  /// - Throws: ``DatasetError`` if it cannot be read.
  init?(
    finished path: String, _ imageShape: ImageShape, samples: Int, sha256: String
  ) throws(DatasetError) {
    let (folder, name) = Folder(path: path).split
    guard try Folder(path: folder).names().contains(name) else { return nil }
    let file = try MappedBytes(contentsOf: path)
    guard file.count == ShardHeader.byteCount + samples * (imageShape.count + 4) else { return nil }
    content = try ShardContentWriter(
      finished: path, headerBytes: ShardHeader.byteCount, each: { _ in })
    guard content.contentDigest == sha256 else { return nil }
    self.imageShape = imageShape
    sampleCount = samples
    isFinished = true
    earlier = file
  }

  /// The SHA-256 of what follows the header, in hexadecimal, once that is complete.
  var contentDigest: String { content.contentDigest }

  /// The pixels and the label of a sample that an earlier process wrote.
  func sample(_ number: Int) -> (pixels: [UInt8], label: Int32) {
    guard let earlier else { preconditionFailure("\(content.path) is of this process") }
    let size = imageShape.count
    let label = earlier.number(
      at: ShardHeader.byteCount + sampleCount * size + 4 * number, bytes: 4)
    return (
      earlier.bytes(from: ShardHeader.byteCount + number * size, count: size),
      Int32(truncatingIfNeeded: label)
    )
  }

  /// Adds the next sample; `pixels` is (channels, rows, columns).
  func append(pixels: [UInt8], label: Int32) throws(DatasetError) {
    precondition(!isFinished, "\(content.path) is finished")
    try content.append(pixels)
    labels.append(label)
    sampleCount += 1
  }

  /// Writes the labels, unless that is done, and keeps neither memory nor file: a set may have any number of shards.
  func finishContent() throws(DatasetError) {
    if isFinished { return }
    try content.append(labels.flatMap { littleEndianBytes($0) })
    try content.finish()
    labels = []
    isFinished = true
  }

  /// Writes the header and returns when all is on the disk.
  func finish(_ header: ShardHeader) throws(DatasetError) {
    try content.write(header: header.encode())
  }
}
