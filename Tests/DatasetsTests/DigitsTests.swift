import Datasets
import Testing

@Suite("Digits")
struct DigitsTests {
  @Test("The splits have the counts of the source and every fifth sample is test")
  func counts() throws {
    let train = try DigitsSource(split: .train)
    let test = try DigitsSource(split: .test)
    #expect(train.count == 1438)
    #expect(test.count == 359)
    #expect(train.imageShape == ImageShape(channels: 1, rows: 8, columns: 8))
    // The set begins 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, …
    #expect((0..<8).map { train.label(of: $0) } == [0, 1, 2, 3, 5, 6, 7, 8])
    #expect((0..<2).map { test.label(of: $0) } == [4, 9])
    #expect(train.digest != test.digest)
  }

  @Test("Each class has the samples that the source's description counts")
  func classCounts() throws {
    var counts = [Int](repeating: 0, count: 10)
    for split in DatasetSplit.allCases {
      let source = try DigitsSource(split: split)
      for sample in 0..<source.count { counts[Int(source.label(of: sample))] += 1 }
    }
    #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
  }

  @Test("Pixels of 0 to 16 become 0 to 255")
  func pixels() throws {
    let source = try DigitsSource(split: .train)
    // The first two rows of the first sample are 0 0 5 13 9 1 0 0 and 0 0 13 15 10 15 5 0.
    #expect(
      try Array(source.pixelArray(of: 0).prefix(16)) == [
        0, 0, 80, 207, 143, 16, 0, 0, 0, 0, 207, 239, 159, 239, 80, 0,
      ])
    let values = try (0..<source.count).flatMap { try source.pixelArray(of: $0) }
    #expect(values.max() == 255)
    let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count) / 255
    let squares = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)
    let deviation = (squares / (255 * 255) - mean * mean).squareRoot()
    #expect(abs(mean - 0.3059) < 1e-4)
    #expect(abs(deviation - 0.3763) < 1e-4)
  }
}
