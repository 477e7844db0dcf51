import Randomness
import Testing

@testable import Imaging

@Suite("Geometry")
struct GeometryTests {
  private struct Attempt: Decodable {
    let rows, columns: Int
    let area, ratio: Double
    let size: [Int]?
  }

  @Test("Random crops and erased rectangles have timm's size for the same draws")
  func sizes() throws {
    for one in try cases("crops", as: Attempt.self) {
      let size = RandomResizedCrop().size(
        rows: one.rows, columns: one.columns, areaDraw: one.area, ratioDraw: one.ratio)
      #expect(size.map { [$0.rows, $0.columns] } == one.size, "\(one)")
    }
    for one in try cases("erasing", as: Attempt.self) {
      let size = RandomErasing(probability: 1, fill: .const).size(
        rows: one.rows, columns: one.columns, areaDraw: one.area, ratioDraw: one.ratio)
      #expect(size.map { [$0.rows, $0.columns] } == one.size, "\(one)")
    }
  }

  private struct Middle: Decodable {
    let rows, columns: Int
    let crop: [Int]
  }

  @Test("A picture of a shape that no crop has gives timm's part from its middle")
  func fallback() throws {
    for one in try cases("middles", as: Middle.self) {
      let crop = RandomResizedCrop().fallback(rows: one.rows, columns: one.columns)
      #expect([crop.top, crop.left, crop.rows, crop.columns] == one.crop, "\(one)")
    }
  }

  @Test("Random crops lie in the picture, reach its borders, and are functions of their key")
  func crops() {
    let crop = RandomResizedCrop(scale: 0.5...1)
    var (touchesBottom, touchesRight) = (false, false)
    for (rows, columns) in [(1, 1), (1, 300), (300, 1), (48, 64)] {
      for sample in 0..<500 {
        let key = RandomKey(seed: 4, purpose: .resizedCrop, time: 2, sample: sample)
        let part = crop.rectangle(rows: rows, columns: columns, key: key)
        #expect(part.isInside(rows: rows, columns: columns))
        #expect(part == crop.rectangle(rows: rows, columns: columns, key: key))
        if rows == 48 {
          touchesBottom = touchesBottom || (part.top > 0 && part.top + part.rows == rows)
          touchesRight = touchesRight || (part.left > 0 && part.left + part.columns == columns)
        }
      }
    }
    #expect(touchesBottom && touchesRight)
  }

  private struct Evaluation: Decodable {
    let rows, columns, channels, seed, toRows, toColumns: Int
    let fraction: Double
    let interpolation, hash: String
  }

  @Test("The evaluation transform gives timm's bytes")
  func evaluation() throws {
    for one in try cases("evaluation", as: Evaluation.self) {
      let transform = EvaluationTransform(
        rows: one.toRows, columns: one.toColumns, cropFraction: one.fraction,
        interpolation: try #require(Interpolation(rawValue: one.interpolation)))
      let image = RasterImage(
        rows: one.rows, columns: one.columns, channels: one.channels, seed: one.seed)
      #expect(hash(transform(image).bytes) == one.hash, "\(one)")
    }
  }

  @Test("ImageNet's sizes: the short side becomes 256 of 224, halves go to the even side")
  func imageNet() {
    let transform = EvaluationTransform(
      rows: 224, columns: 224, cropFraction: 0.875, interpolation: .bicubic)
    #expect(transform.resizedSize(rows: 375, columns: 500) == (256, 341))
    #expect(transform.resizedSize(rows: 500, columns: 375) == (341, 256))
    // 58.5 rows above become 58, and 59.5 become 60.
    for (rows, top) in [(341, 58), (343, 60)] {
      let bytes = (0..<rows).flatMap { [UInt8](repeating: UInt8($0 % 256), count: 224) }
      let image = RasterImage(rows: rows, columns: 224, channels: 1, bytes: bytes)
      #expect(transform.centerCrop(image).bytes.first == UInt8(top))
    }
  }

  @Test("A mirrored picture has its columns in reverse", arguments: [1, 3])
  func flip(channels: Int) {
    let image = RasterImage(rows: 3, columns: 4, channels: channels, seed: 1)
    let flipped = image.flipped
    #expect(flipped != image && flipped.flipped == image)
    #expect(flipped.bytes.prefix(channels) == image.bytes[(3 * channels)..<(4 * channels)])
  }
}
