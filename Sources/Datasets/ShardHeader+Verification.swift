import Digests

extension ShardHeader {
  /// Whether the file at `path` begins as a shard of images does.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read.
  public static func begins(_ path: String) throws(DatasetError) -> Bool {
    try OpenFile(reading: path).read(at: 0, limit: 8) == magic
  }

  /// Reads the whole shard at `path` and compares its SHA-256 with the recorded one.
  ///
  /// - Returns: the header and the shard's digest in hexadecimal.
  /// - Throws: ``DatasetError`` if it is not a whole shard or its digest differs.
  public static func verify(
    _ path: String
  ) throws(DatasetError) -> (header: ShardHeader, digest: String) {
    let file = try MappedBytes(contentsOf: path)
    let header = try ShardHeader(file)
    try ShardDigest.verify(file, digestAt: shardDigestOffset)
    return (header, hexadecimal(file.bytes(from: shardDigestOffset, count: 32)))
  }

  /// The data set's digest in hexadecimal.
  public var datasetDigestText: String { hexadecimal(datasetDigest) }
}
