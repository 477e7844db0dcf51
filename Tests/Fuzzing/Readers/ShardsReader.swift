import Datasets

/// `ShardSource`: a set of two shards of images, with and without their digests.
struct ShardsReader: FuzzedReader {
  static let name = "shards"

  let seeds: [FuzzSeed]
  private let paths: [String]

  init(in folder: String) throws {
    let shape = ImageShape(channels: 2, rows: 3, columns: 4)
    let writer = try ShardWriter(
      directory: "\(folder)/set", imageShape: shape, maximumShardBytes: 128 + 3 * 28)
    for sample in 0..<5 {
      try writer.append(
        pixels: (0..<24).map { UInt8(($0 + sample) * 7 % 251) }, label: Int32(sample))
    }
    paths = try writer.finish()
    seeds = try paths.map { try FuzzSeed($0) }
  }

  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] { mendShard(bytes, headerEnd: 128) }

  func read(_ seed: FuzzSeed) throws {
    for verifying in [false, true] {
      try readAll(try ShardSource(files: paths, verifying: verifying))
    }
  }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}
