extension ShardHeader {
  /// Decodes and checks the header at the front of `file`, and the file's length.
  init(_ file: MappedBytes) throws(DatasetError) {
    let magic = file.bytes(from: 0, count: min(file.count, 8))
    // A file that ends before it could differ may be a shard that was cut off.
    guard Self.magic.starts(with: magic) else {
      throw DatasetError(
        .invalid, file.location(0),
        magic == Self.textMagic
          ? "this is a shard of text, not of images; name the one that the model is made for"
          : file.noShard("this is not a shard", advice: "make one with gmlp-train prepare"))
    }
    try file.checkShardHeader(Self.byteCount, "shard", version: Self.formatVersion)
    let sizes = [12, 16, 20].map { file.number(at: $0, bytes: 4) }
    let (shard, shardCount) = (
      file.number(at: 24, bytes: 4), file.number(at: 28, bytes: 4)
    )
    let counts = [32, 40, 48].map { file.number(at: $0, bytes: 8) }
    // Within these limits no product or sum below can overflow 64 bits.
    guard sizes.allSatisfy({ 1 <= $0 && $0 <= 1 << 16 }),
      counts.allSatisfy({ 0 <= $0 && $0 < 1 << 32 }), shard < shardCount, counts[0] > 0,
      counts[1] + counts[0] <= counts[2]
    else {
      throw DatasetError(
        .invalid, file.location(12), "the sizes in the shard header make no sense; make it again")
    }
    let pixels = sizes.reduce(1, *)
    let (bytes, overflows) = counts[0].multipliedReportingOverflow(by: pixels + 4)
    // A size that overflows is longer than any file.
    let end = overflows ? .max : Self.byteCount + min(bytes, .max - Self.byteCount)
    try file.checkShardEnd(end, "\(counts[0]) samples")
    self.init(
      imageShape: ImageShape(channels: sizes[0], rows: sizes[1], columns: sizes[2]),
      shard: shard, shardCount: shardCount, sampleCount: counts[0], firstSample: counts[1],
      totalCount: counts[2], datasetDigest: file.bytes(from: 64, count: 32))
  }

  /// What a shard of text begins with, to tell people that they have named one.
  static let textMagic = Array("GMLPTEXT".utf8)
}
