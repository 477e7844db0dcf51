/// One shard of encoded pictures on its way to the disk: pictures as they come, then the tables, last of all the
/// header.
final class GrowingPictureShard {
  let content: ShardContentWriter
  private(set) var sampleCount = 0
  private(set) var pictureBytes = 0
  /// Whether the tables are written too.
  private(set) var isFinished = false

  private var ends: [Int] = []
  private var labels: [Int32] = []
  /// What an earlier process wrote, where it was one.
  private var earlier: PictureShard?

  /// Starts a shard; nothing may be at `path`.
  init(creating path: String) throws(DatasetError) {
    content = try ShardContentWriter(creating: path, headerBytes: PictureShardHeader.byteCount)
  }

  /// Takes up a shard that an earlier process completed but for its header; nil if it is not what it was.
  ///
  /// - Parameters:
  ///   - path: where it was.
  ///   - header: its sizes.
  ///   - sha256: the digest of what follows the header.
  /// - Throws: ``DatasetError`` if it cannot be read.
  init?(
    finished path: String, _ header: PictureShardHeader, sha256: String
  ) throws(DatasetError) {
    let (folder, name) = Folder(path: path).split
    guard try Folder(path: folder).names().contains(name) else { return nil }
    let file = try MappedBytes(contentsOf: path)
    guard file.count == header.fileBytes else { return nil }
    content = try ShardContentWriter(
      finished: path, headerBytes: PictureShardHeader.byteCount, each: { _ in })
    guard content.contentDigest == sha256 else { return nil }
    sampleCount = header.sampleCount
    pictureBytes = header.pictureBytes
    isFinished = true
    earlier = PictureShard(growing: file, header)
  }

  /// The file and the label of a picture that an earlier process wrote.
  func picture(_ number: Int) -> (bytes: [UInt8], label: Int32) {
    guard let earlier else { preconditionFailure("\(content.path) is of this process") }
    return (earlier.bytes(of: number), earlier.label(of: number))
  }

  /// Adds the next picture.
  func append(_ bytes: [UInt8], label: Int32) throws(DatasetError) {
    precondition(!isFinished, "\(content.path) is finished")
    try content.append(bytes)
    pictureBytes += bytes.count
    ends.append(pictureBytes)
    labels.append(label)
    sampleCount += 1
  }

  /// Writes the tables, unless that is done, and keeps neither memory nor file.
  func finishContent(names: [UInt8]) throws(DatasetError) {
    if isFinished { return }
    try content.append(ends.flatMap { littleEndianBytes(UInt64($0)) })
    try content.append(labels.flatMap { littleEndianBytes($0) } + names)
    try content.finish()
    (ends, labels) = ([], [])
    isFinished = true
  }
}
