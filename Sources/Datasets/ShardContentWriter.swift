import Digests

/// What follows the header of one shard on its way to the disk, and last of all the header.
final class ShardContentWriter {
  let path: String

  private var file: OpenFile?
  private var position: Int
  private var pending: [UInt8] = []
  private var digest = ShardDigest()

  /// Starts a shard with room for a header of `headerBytes`; nothing may be at `path`.
  init(creating path: String, headerBytes: Int) throws(DatasetError) {
    self.path = path
    file = try OpenFile(creating: path)
    position = headerBytes
  }

  /// Takes up a shard at `path` whose content is complete, and goes over it again.
  init(
    finished path: String, headerBytes: Int, each: ([UInt8]) -> Void
  ) throws(DatasetError) {
    self.path = path
    let content = try MappedBytes(contentsOf: path)
    position = content.count
    content.forEachPiece(from: headerBytes) { piece in
      digest.update(piece)
      each(piece)
    }
  }

  /// The SHA-256 of what follows the header, in hexadecimal, once that is complete.
  var contentDigest: String { hexadecimal(digest.contentBytes) }

  func append(_ bytes: [UInt8]) throws(DatasetError) {
    pending += bytes
    if pending.count >= 1 << 20 { try flush() }
  }

  /// Returns when the content is on the disk; keeps neither memory nor file.
  func finish() throws(DatasetError) {
    try flush()
    pending = []
    try file?.synchronize()
    file = nil
  }

  /// Writes the header and the digest behind it, and returns when all is on the disk.
  func write(header: [UInt8]) throws(DatasetError) {
    let file = try OpenFile(updating: path)
    try file.write(header + digest.finalize(header: header), at: 0)
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
