import Datasets
import TestSupport

/// `CIFARSource`: records, plain and gzipped.
struct CIFAR10Reader: FuzzedReader {
  static let name = "cifar10"

  let seeds: [FuzzSeed]

  init(in folder: String) throws {
    var bytes: [UInt8] = []
    for record in 0..<2 {
      bytes.append(UInt8(record + 8))
      bytes += (0..<3_072).map { pixel in UInt8((pixel + record) * 7 % 251) }
    }
    seeds = try [bytes, gzip(bytes)].map { try FuzzSeed($0, to: "\(folder)/batch.bin") }
  }

  /// Whole records, packed where they were.
  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] {
    if bytes.starts(with: [0x1f, 0x8b]) { return bytes }
    let whole = bytes + [UInt8](repeating: 0, count: (3_073 - bytes.count % 3_073) % 3_073)
    return bytes.count.isMultiple(of: 2) ? whole : gzip(whole)
  }

  func read(_ seed: FuzzSeed) throws { try readAll(try CIFARSource(files: [seed.path])) }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}
