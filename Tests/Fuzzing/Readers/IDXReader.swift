import Datasets
import TestSupport

/// `IDXSource`: images and labels, plain and gzipped.
struct IDXReader: FuzzedReader {
  static let name = "idx"

  let seeds: [FuzzSeed]
  private let images: String
  private let labels: String

  init(in folder: String) throws {
    images = "\(folder)/images"
    labels = "\(folder)/labels"
    let pixels = (0..<5 * 12).map { UInt8($0 * 7 % 251) }
    let files = [
      (IDXBytes.images(5, rows: 3, columns: 4, pixels: pixels), images),
      (IDXBytes.labels([0, 3, 1, 2, 9]), labels),
    ]
    seeds = try files.flatMap { bytes, path in
      [try FuzzSeed(gzip(bytes), to: path), try FuzzSeed(bytes, to: path)]
    }
  }

  /// Packs plain content, so that the reader meets a good stream of bad content.
  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] {
    bytes.starts(with: [0x1f, 0x8b]) ? bytes : gzip(bytes)
  }

  func read(_ seed: FuzzSeed) throws {
    try readAll(try IDXSource(images: images, labels: labels))
  }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}
