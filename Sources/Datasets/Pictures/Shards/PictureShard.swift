import Digests

/// One shard of encoded pictures, mapped into memory, whose tables were found in order.
public struct PictureShard: Sendable {
  /// What the header says.
  public let header: PictureShardHeader

  /// The names of the classes; nil if there are none.
  public let classNames: [String]?

  let file: MappedBytes
  let largestLabel: Int32

  /// Opens the shard at `path`.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - verifying: whether every byte is read to compare the shard's SHA-256.
  /// - Throws: ``DatasetError`` if it is not a whole shard of pictures.
  public init(_ path: String, verifying: Bool = true) throws(DatasetError) {
    try self.init(MappedBytes(contentsOf: path), verifying: verifying)
  }

  init(_ file: MappedBytes, verifying: Bool) throws(DatasetError) {
    self.file = file
    header = try PictureShardHeader(file)
    if verifying {
      try ShardDigest.verify(file, digestAt: PictureShardHeader.shardDigestOffset)
    }
    classNames = try Self.names(file, header)
    largestLabel = try Self.checkedLargestLabel(file, header)
    try checkEnds()
  }

  /// A shard of a set that grows: its header is not written yet, and its content was compared with a digest.
  init(growing file: MappedBytes, _ header: PictureShardHeader) {
    precondition(file.count == header.fileBytes, "\(file.count) bytes for \(header.fileBytes)")
    self.file = file
    self.header = header
    classNames = nil
    largestLabel = 0
  }

  /// The shard's own SHA-256 in hexadecimal, as recorded.
  public var digest: String {
    hexadecimal(file.bytes(from: PictureShardHeader.shardDigestOffset, count: 32))
  }

  /// The data set's digest in hexadecimal, as recorded.
  public var datasetDigest: String { hexadecimal(header.datasetDigest) }

  /// The content of one picture's file.
  func bytes(of picture: Int) -> [UInt8] {
    let range = range(of: picture)
    return file.bytes(from: range.lowerBound, count: range.count)
  }

  /// The bytes of the shard that one picture takes.
  func range(of picture: Int) -> Range<Int> {
    let start = picture == 0 ? 0 : end(of: picture - 1)
    return PictureShardHeader.byteCount + start..<PictureShardHeader.byteCount + end(of: picture)
  }

  /// The class of one picture.
  func label(of picture: Int) -> Int32 { Self.label(file, at: labelOffset(of: picture)) }

  /// The byte at which the label of one picture begins.
  func labelOffset(of picture: Int) -> Int { header.labelOffset + 4 * picture }

  private func end(of picture: Int) -> Int {
    file.number(at: header.endsOffset + 8 * picture, bytes: 8)
  }

  private func checkEnds() throws(DatasetError) {
    var start = 0
    for picture in 0..<header.sampleCount {
      let end = end(of: picture)
      guard start < end, end <= header.pictureBytes else {
        throw DatasetError(
          .invalid, file.location(header.endsOffset + 8 * picture),
          "picture \(picture) ends at byte \(end), which makes no sense; make the shard again")
      }
      start = end
    }
    guard start == header.pictureBytes else {
      throw DatasetError(
        .invalid, file.location(header.endsOffset),
        "the pictures take \(start) bytes, not \(header.pictureBytes); make the shard again")
    }
  }

  private static func label(_ file: MappedBytes, at offset: Int) -> Int32 {
    Int32(bitPattern: UInt32(truncatingIfNeeded: file.number(at: offset, bytes: 4)))
  }

  private static func checkedLargestLabel(
    _ file: MappedBytes, _ header: PictureShardHeader
  ) throws(DatasetError) -> Int32 {
    var largest: Int32 = 0
    let classes = header.classNameCount
    for offset in stride(from: header.labelOffset, to: header.namesOffset, by: 4) {
      let label = label(file, at: offset)
      guard label >= 0, classes == 0 || label < classes else {
        throw DatasetError(
          .invalid, file.location(offset),
          "label \(label) is not one of the \(classes) classes; make the shard again")
      }
      largest = max(largest, label)
    }
    return largest
  }

  private static func names(
    _ file: MappedBytes, _ header: PictureShardHeader
  ) throws(DatasetError) -> [String]? {
    let bytes = file.bytes(from: header.namesOffset, count: header.classNameBytes)
    let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
    let names = parts.dropLast().compactMap { String(validating: $0, as: UTF8.self) }
    guard names.count == header.classNameCount,
      bytes.isEmpty || (bytes.last == 0 && parts.count == names.count + 1)
    else {
      throw DatasetError(
        .invalid, file.location(header.namesOffset),
        "the shard does not hold the \(header.classNameCount) class names of its header; make it again"
      )
    }
    return names.isEmpty ? nil : names
  }
}
