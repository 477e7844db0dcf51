/// Encoded pictures in shards, which are memory-mapped: the set may be larger than memory.
public struct ShardPictures: EncodedImageSource {
  private let shards: [PictureShard]
  private let parts: ConcatenatedParts

  /// The names of the classes, which every shard holds.
  public let classNames: [String]?

  /// The number of names, or the largest label plus 1.
  public let classCount: Int

  /// Opens all shards of a data set, in any order.
  ///
  /// - Parameters:
  ///   - paths: the shards, each once.
  ///   - verifying: whether every byte is read to compare each shard's SHA-256. Without that the
  ///     headers, lengths and tables are checked.
  /// - Throws: ``DatasetError`` if a shard is missing, damaged or of another data set.
  public init(files paths: [String], verifying: Bool = true) throws(DatasetError) {
    precondition(!paths.isEmpty, "a data set of no files")
    var shards: [PictureShard] = []
    for path in paths { shards.append(try PictureShard(path, verifying: verifying)) }
    shards.sort { $0.header.shard < $1.header.shard }
    try checkSet(shards.map { (file: $0.file, header: $0.header) })
    for shard in shards where shard.classNames != shards[0].classNames {
      throw DatasetError(
        .invalid, shard.file.location(shard.header.namesOffset),
        "the class names are not those of \(shards[0].file.file); name shards of one set")
    }
    self.shards = shards
    parts = ConcatenatedParts(counts: shards.map(\.header.sampleCount))
    classNames = shards[0].classNames
    classCount = shards[0].classNames?.count ?? Int(shards.map(\.largestLabel).max() ?? 0) + 1
  }

  /// The number of pictures.
  public var count: Int { parts.count }

  /// The ``EncodedDigest`` of the set, as recorded in the headers.
  public var digest: String { shards[0].datasetDigest }

  /// Memory for shards that were gzipped.
  public var memoryBytes: Int { shards.reduce(0) { $0 + $1.file.memoryBytes } }

  /// The content of one picture's file.
  public func bytes(of sample: Int) -> [UInt8] {
    let (part, index) = parts.find(sample)
    return shards[part].bytes(of: index)
  }

  /// The digest of the picture's shard.
  public func revision(of sample: Int) -> String { shards[parts.find(sample).0].digest }

  /// The class of one picture.
  public func label(of sample: Int) -> Int32 {
    let (part, index) = parts.find(sample)
    return shards[part].label(of: index)
  }

  /// The first byte of the picture in its shard.
  public func location(of sample: Int) -> FileLocation {
    let (part, index) = parts.find(sample)
    return shards[part].file.location(shards[part].range(of: index).lowerBound)
  }
}
