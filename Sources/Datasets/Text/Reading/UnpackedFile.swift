import Files

/// The content of a file from front to back: as it is, or unpacked where it is gzip or xz.
///
/// The first bytes decide which it is, not the name.
final class UnpackedFile {
  let path: String

  /// Bytes of the file itself that were read so far.
  var packedPosition: Int { packed.position }

  /// Whether offsets in the content are not those in the file.
  var isUnpacked: Bool {
    if case .plain = content { false } else { true }
  }

  private enum Content {
    case plain
    case gzip(GzipReader)
    case xz(XZReader)
  }

  private let packed: PackedBytes
  private let content: Content

  /// Opens the file at `path`.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read.
  init(_ path: String) throws(DatasetError) {
    self.path = path
    let packed = try PackedBytes(path)
    self.packed = packed
    let magic = try packed.file.read(at: 0, limit: 6)
    if magic.starts(with: [0x1f, 0x8b]) {
      content = .gzip(try GzipReader(file: path, nextChunk: packed.next))
    } else if magic == [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] {
      content = .xz(try XZReader(file: path, nextChunk: packed.next))
    } else {
      content = .plain
    }
  }

  /// The next bytes, none at the end.
  func next() throws(DatasetError) -> [UInt8] {
    switch content {
    case .plain: try packed.next()
    case .gzip(let reader):
      try unsafe fill { buffer throws(DatasetError) in try unsafe reader.read(into: buffer) }
    case .xz(let reader):
      try unsafe fill { buffer throws(DatasetError) in try unsafe reader.read(into: buffer) }
    }
  }

  /// The whole content.
  ///
  /// - Parameters:
  ///   - limit: the most bytes of it.
  ///   - check: receives the first piece, with ``FileKind/prefixBytes`` or all, and may refuse the file.
  /// - Throws: ``DatasetError``, also for a longer content: a few packed bytes may be any number of unpacked ones.
  /// - Returns: all bytes.
  func contents(
    atMost limit: Int, check: ([UInt8]) throws(DatasetError) -> Void = { _ in }
  ) throws(DatasetError) -> [UInt8] {
    var content: [UInt8] = []
    var isChecked = false
    while true {
      let chunk = try next()
      content += chunk
      guard content.count <= limit else {
        throw DatasetError(
          .invalid, FileLocation(path),
          "holds more than the \(limit) bytes that are read; is it the right file?")
      }
      if !isChecked && (chunk.isEmpty || content.count >= FileKind.prefixBytes) {
        try check(content)
        isChecked = true
      }
      if chunk.isEmpty { return content }
    }
  }

  /// Passes over `count` bytes of content, or to the end where there are fewer.
  ///
  /// - Returns: what was read beyond them.
  func skip(_ count: Int) throws(DatasetError) -> [UInt8] {
    if case .plain = content {
      packed.position = count
      return []
    }
    var left = count
    while left > 0 {
      let chunk = try next()
      if chunk.isEmpty { return [] }
      if chunk.count > left { return Array(chunk[left...]) }
      left -= chunk.count
    }
    return []
  }

  private func fill(
    _ read: (UnsafeMutableRawBufferPointer) throws(DatasetError) -> Int
  ) throws(DatasetError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: PackedBytes.chunkBytes)
    let result = unsafe bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(DatasetError) in try unsafe read(buffer) }
    }
    bytes.removeLast(bytes.count - (try result.get()))
    return bytes
  }
}

/// The bytes of a file itself, piece after piece.
private final class PackedBytes {
  static let chunkBytes = 1 << 18

  let file: OpenFile
  var position = 0

  init(_ path: String) throws(DatasetError) {
    file = try OpenFile(reading: path)
  }

  func next() throws(DatasetError) -> [UInt8] {
    let chunk = try file.read(at: position, limit: Self.chunkBytes)
    position += chunk.count
    return chunk
  }
}
