/// What the header of a shard says about its place in a set, for any kind of samples.
///
/// Both kinds of header have these numbers at the same bytes: the number of the shard at 24, that of
/// shards at 28, samples of the shard at 32, its first sample at 40, samples of the set at 48, and
/// from 64 on what is equal in all shards of a set.
protocol ShardPlace {
  var shard: Int { get }
  var shardCount: Int { get }
  var sampleCount: Int { get }
  var firstSample: Int { get }
  var totalCount: Int { get }

  /// Whether both can be shards of one set, apart from their numbers.
  func isOfSet(of other: Self) -> Bool
}

extension ShardHeader: ShardPlace {
  func isOfSet(of other: ShardHeader) -> Bool {
    datasetDigest == other.datasetDigest && imageShape == other.imageShape
  }
}

/// Puts the shards of a folder in the folder's place.
func expandFolders(_ paths: [String]) throws(DatasetError) -> [String] {
  var files: [String] = []
  for path in paths {
    guard Folder(path: path).exists else {
      files.append(path)
      continue
    }
    let shards = try shardFiles(in: path)
    guard !shards.isEmpty else {
      throw DatasetError(
        .missing, FileLocation(path), "no .shard file is in the folder; make them by prepare")
    }
    files += shards
  }
  return files
}

/// The shards in a folder by name; what begins with a dot is none.
///
/// - Throws: ``DatasetError`` if the folder cannot be listed.
public func shardFiles(in folder: String) throws(DatasetError) -> [String] {
  try Folder(path: folder).visibleNames().filter { $0.hasSuffix(".shard") }.map {
    "\(folder)/\($0)"
  }
}

/// Checks that `shards`, sorted by number, are one whole set.
func checkSet<Header: ShardPlace>(
  _ shards: [(file: MappedBytes, header: Header)]
) throws(DatasetError) {
  let first = shards[0]
  var nextSample = 0
  for (number, (file, header)) in shards.enumerated() {
    guard header.isOfSet(of: first.header), header.shardCount == first.header.shardCount,
      header.totalCount == first.header.totalCount
    else {
      throw DatasetError(
        .invalid, file.location(64),
        "this shard is not of the same data set as \(first.file.file); name shards of one set")
    }
    guard header.shard >= number else {
      throw DatasetError(
        .invalid, file.location(24), "shard \(header.shard) is named twice; name each once")
    }
    guard header.shard == number else { throw missing(number, of: first) }
    guard header.firstSample == nextSample else {
      throw DatasetError(
        .invalid, file.location(40),
        "shard \(number) begins at sample \(header.firstSample), not \(nextSample); make it again")
    }
    nextSample += header.sampleCount
  }
  guard shards.count == first.header.shardCount else { throw missing(shards.count, of: first) }
  guard nextSample == first.header.totalCount else {
    throw DatasetError(
      .invalid, first.file.location(48),
      "the shards hold \(nextSample) samples, not \(first.header.totalCount); make them again")
  }
}

private func missing<Header: ShardPlace>(
  _ number: Int, of shard: (file: MappedBytes, header: Header)
) -> DatasetError {
  DatasetError(
    .invalid, shard.file.location(28),
    "shard \(number) of the set's \(shard.header.shardCount) is not named; name all of them, "
      + "or their folder")
}

extension MappedBytes {
  /// Checks that the file holds a whole shard header of `byteCount` bytes, in the format that is read.
  ///
  /// - Throws: ``DatasetError`` that names the place.
  func checkShardHeader(
    _ byteCount: Int, _ kind: String, version readVersion: Int
  ) throws(DatasetError) {
    guard count >= byteCount else {
      throw DatasetError(
        .invalid, location(count),
        "the file ends inside the shard header of \(byteCount) bytes; make it again")
    }
    let version = number(at: 8, bytes: 4)
    guard version == readVersion else {
      throw DatasetError(
        .invalid, location(8),
        "\(kind) format \(version) but this program reads \(readVersion); make it again")
    }
  }

  /// Checks that a shard ends at byte `end`, where its header promises `content`.
  ///
  /// - Throws: ``DatasetError`` that names the place.
  func checkShardEnd(_ end: Int, _ content: String) throws(DatasetError) {
    guard count >= end else {
      throw DatasetError(
        .invalid, location(count),
        "the shard ends early: its header promises \(content); copy or make it again")
    }
    guard count == end else {
      throw DatasetError(
        .invalid, location(end),
        "other bytes follow the shard's \(content); copy or make it again")
    }
  }
}
