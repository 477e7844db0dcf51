import Randomness
import Testing

@testable import Imaging

@Suite("Training transforms")
struct TransformTests {
  @Test("The plan is a function of seed, time and sample; all of its parts are done in order")
  func plan() throws {
    var transform = TrainingTransform(
      rows: 24, columns: 20, crop: .resized(RandomResizedCrop()), interpolation: nil,
      fill: [124, 116, 104])
    transform.horizontalFlip = true
    transform.policy = try AugmentationPolicy("rand-m9-mstd0.5-inc1")
    transform.colorJitter = ColorJitter(strength: 0.4)
    let image = RasterImage(rows: 50, columns: 61, channels: 3, seed: 1)
    var (flipped, bicubic) = (0, 0)
    for sample in 0..<400 {
      let plan = transform.plan(rows: 50, columns: 61, seed: 7, time: 1, sample: sample)
      #expect(plan == transform.plan(rows: 50, columns: 61, seed: 7, time: 1, sample: sample))
      // The jitter would be three operations.
      #expect(plan.operations.count <= 2)
      flipped += plan.isFlipped ? 1 : 0
      bicubic += plan.interpolation == .bicubic ? 1 : 0
      if sample < 20 {
        var expected = image.cropped(to: plan.crop).resampled(
          rows: 24, columns: 20, interpolation: plan.interpolation)
        if plan.isFlipped { expected = expected.flipped }
        for operation in plan.operations {
          expected = expected.applying(operation, fill: [124, 116, 104])
        }
        #expect(transform.apply(plan, to: image) == expected)
      }
    }
    #expect(abs(flipped - 200) < 50 && abs(bicubic - 200) < 50)
    let other = transform.plan(rows: 50, columns: 61, seed: 7, time: 2, sample: 0)
    #expect(other != transform.plan(rows: 50, columns: 61, seed: 7, time: 1, sample: 0))
  }

  private struct Filtered: Decodable {
    let rows, columns, seed, number: Int
    let area, ratio: Double
    let hash: String
  }

  @Test("A filter that is drawn gives timm's bytes for the same draws")
  func filters() throws {
    let crop = RandomResizedCrop()
    let transform = TrainingTransform(
      rows: 24, columns: 20, crop: .resized(crop), interpolation: nil, fill: [0, 0, 0])
    let all = try cases("filters", as: Filtered.self)
    #expect(Set(all.map(\.number)) == [0, 1] && all.count == 24)
    for one in all {
      let size = try #require(
        crop.size(
          rows: one.rows, columns: one.columns, areaDraw: one.area, ratioDraw: one.ratio))
      let plan = TrainingTransform.Plan(
        crop: PixelRectangle(top: 0, left: 0, rows: size.rows, columns: size.columns),
        interpolation: one.number == 1 ? .bicubic : .bilinear, isFlipped: false, operations: [])
      let image = RasterImage(rows: one.rows, columns: one.columns, channels: 3, seed: one.seed)
      #expect(hash(transform.apply(plan, to: image).bytes) == one.hash, "\(one)")
    }
  }

  @Test("A padded crop moves the picture within a black frame")
  func padding() {
    let evaluation = EvaluationTransform(
      rows: 8, columns: 8, cropFraction: 1, interpolation: .bicubic)
    let transform = TrainingTransform(
      rows: 8, columns: 8, crop: .padded(evaluation, padding: 2), interpolation: .bicubic,
      fill: [128])
    let image = RasterImage(
      rows: 8, columns: 8, channels: 1, bytes: [UInt8](repeating: 200, count: 64))
    var places: Set<[Int]> = []
    for sample in 0..<300 {
      let plan = transform.plan(rows: 8, columns: 8, seed: 1, time: 0, sample: sample)
      places.insert([plan.crop.top, plan.crop.left])
      let result = transform.apply(plan, to: image)
      let lost = (abs(plan.crop.top - 2), abs(plan.crop.left - 2))
      #expect(result.bytes.count { $0 == 200 } == (8 - lost.0) * (8 - lost.1))
      #expect(result.bytes.allSatisfy { $0 == 200 || $0 == 0 })
    }
    #expect(places.count == 25)
  }

  @Test("An erased rectangle holds zeros, one number a channel, or noise; the rest stays")
  func erasing() {
    let key = RandomKey(seed: 2, purpose: .erasedPixels)
    for fill in RandomErasing.Fill.allCases {
      let erasing = RandomErasing(probability: 1, fill: fill)
      var values = [Float](repeating: 9, count: 2 * 6 * 5)
      var span = values.mutableSpan
      erasing.erase(
        PixelRectangle(top: 1, left: 2, rows: 3, columns: 2), of: &span, channels: 2, rows: 6,
        columns: 5, key: key)
      let changed = values.indices.filter { values[$0] != 9 }
      #expect(changed == [7, 8, 12, 13, 17, 18, 37, 38, 42, 43, 47, 48])
      let distinct = Set(changed.map { values[$0] }).count
      #expect(distinct == [.const: 1, .rand: 2, .pixel: 12][fill])
    }
  }

  @Test("Samples are erased as often as asked for, by rectangles inside")
  func erasingFrequency() {
    let erasing = RandomErasing(probability: 0.25, fill: .pixel)
    var count = 0
    for sample in 0..<4000 {
      let key = RandomKey(seed: 2, purpose: .erasing, time: 1, sample: sample)
      guard let part = erasing.plan(rows: 32, columns: 24, key: key) else { continue }
      count += 1
      #expect(part.isInside(rows: 32, columns: 24) && part.rows < 32 && part.columns < 24)
    }
    // Some shapes do not fit in ten attempts, but hardly any.
    #expect(abs(count - 1000) < 140)
  }
}
