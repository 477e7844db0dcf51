import Datasets
import Foundation
import Testing

private let installed = "/usr/share/datasets/fashion-mnist"

/// Debian's package dataset-fashion-mnist; the tests are skipped where it is not installed.
@Suite(
  "Fashion-MNIST",
  .enabled(
    if: FileManager.default.fileExists(atPath: installed), "dataset-fashion-mnist is not installed")
)
struct FashionMNISTTests {
  @Test(
    "Counts and classes are those of the data set",
    arguments: [("train", 60_000, DatasetSplit.train), ("t10k", 10_000, .test)])
  func counts(name: String, count: Int, split: DatasetSplit) throws {
    let source = try openPixels(
      format: .idx,
      files: [
        "\(installed)/\(name)-images-idx3-ubyte.gz", "\(installed)/\(name)-labels-idx1-ubyte.gz",
      ], split: split)
    #expect(source.count == count)
    try source.validate(imageShape: ImageShape(channels: 1, rows: 28, columns: 28), classes: 10)
    var classes = [Int](repeating: 0, count: 10)
    for sample in 0..<count { classes[Int(source.label(of: sample))] += 1 }
    #expect(classes == [Int](repeating: count / 10, count: 10))
    if split == .train { #expect(try abs(mean(source) - 72.94) < 0.005) }
  }

  private func mean(_ source: any ImageSource) throws -> Double {
    var sum = 0
    for sample in 0..<source.count {
      sum += try source.pixelArray(of: sample).reduce(0) { $0 + Int($1) }
    }
    return Double(sum) / Double(source.count * source.imageShape.count)
  }
}
