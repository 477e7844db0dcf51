import Datasets
import TestSupport

/// `ShardPictures`: a set of two shards of pictures, with and without their digests.
struct PictureShardsReader: FuzzedReader {
  static let name = "picture-shards"

  let seeds: [FuzzSeed]
  private let paths: [String]

  init(in folder: String) throws {
    let size = greyPNG(0).count
    let writer = try PictureShardWriter(
      directory: "\(folder)/set", classNames: ["cat", "dog", "emu"],
      maximumShardBytes: 128 + 3 * (size + 12) + 12)
    for sample in 0..<5 {
      try writer.append(bytes: greyPNG(UInt8(sample)), label: Int32(sample % 3))
    }
    paths = try writer.finish()
    seeds = try paths.map { try FuzzSeed($0) }
  }

  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] { mendShard(bytes, headerEnd: 128) }

  func read(_ seed: FuzzSeed) throws {
    for verifying in [false, true] {
      try readAll(try ShardPictures(files: paths, verifying: verifying))
    }
  }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}
