import Digests

/// A data set in shards, which are memory-mapped: it may be larger than memory.
public struct ShardSource: ImageSource {
  private let files: [MappedBytes]
  private let headers: [ShardHeader]
  private let parts: ConcatenatedParts

  /// The largest label plus 1.
  public let classCount: Int

  /// Opens all shards of a data set, in any order.
  ///
  /// - Parameters:
  ///   - paths: the shards, each once.
  ///   - verifying: whether every byte is read to compare each shard's SHA-256. Without that the
  ///     headers and lengths are checked, and the labels.
  /// - Throws: ``DatasetError`` if a shard is missing, damaged or of another data set.
  public init(files paths: [String], verifying: Bool = true) throws(DatasetError) {
    precondition(!paths.isEmpty, "a data set of no files")
    var shards: [(file: MappedBytes, header: ShardHeader)] = []
    for path in paths {
      let file = try MappedBytes(contentsOf: path)
      shards.append((file, try ShardHeader(file)))
    }
    shards.sort { $0.header.shard < $1.header.shard }
    files = shards.map(\.file)
    headers = shards.map(\.header)
    parts = ConcatenatedParts(counts: headers.map(\.sampleCount))
    try checkSet(shards)
    if verifying {
      for file in files { try ShardDigest.verify(file, digestAt: ShardHeader.shardDigestOffset) }
    }
    classCount = Int(try Self.checkedLargestLabel(shards)) + 1
  }

  /// The number of samples.
  public var count: Int { parts.count }

  /// The size of each image.
  public var imageShape: ImageShape { headers[0].imageShape }

  /// The SHA-256 of the decoded content, as recorded in the headers.
  public var digest: String { hexadecimal(headers[0].datasetDigest) }

  /// The header of the first shard.
  public var imageShapeLocation: FileLocation { files[0].location(12) }

  /// Copies the pixels of one image.
  public func copyPixels(
    of sample: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    checkPixels(pixels)
    let (part, index) = parts.find(sample)
    files[part].copy(from: ShardHeader.byteCount + index * imageShape.count, into: &pixels)
  }

  /// Lends the pixels of one image in the mapped file.
  public func withPixels(
    of sample: Int, copiedInto room: inout [UInt8], _ body: (Span<UInt8>, PixelOrder) -> Void
  ) {
    let (part, index) = parts.find(sample)
    let size = imageShape.count
    files[part].withBytes(from: ShardHeader.byteCount + index * size, count: size) {
      body($0, .planar)
    }
  }

  /// The class of one image.
  public func label(of sample: Int) -> Int32 {
    let (part, index) = parts.find(sample)
    return Self.label(files[part], at: headers[part].labelOffset + 4 * index)
  }

  /// The first byte of the label.
  public func labelLocation(of sample: Int) -> FileLocation {
    let (part, index) = parts.find(sample)
    return files[part].location(headers[part].labelOffset + 4 * index)
  }

  private static func label(_ file: MappedBytes, at offset: Int) -> Int32 {
    Int32(bitPattern: (0..<4).reversed().reduce(0) { $0 << 8 | UInt32(file[offset + $1]) })
  }

  private static func checkedLargestLabel(
    _ shards: [(file: MappedBytes, header: ShardHeader)]
  ) throws(DatasetError) -> Int32 {
    var largest: Int32 = 0
    for (file, header) in shards {
      for offset in stride(from: header.labelOffset, to: header.fileBytes, by: 4) {
        let label = label(file, at: offset)
        guard label >= 0 else {
          throw DatasetError(
            .invalid, file.location(offset), "label \(label) is negative; make the shard again")
        }
        largest = max(largest, label)
      }
    }
    return largest
  }
}
