import Testing

@testable import Datasets

@Suite("Augmentation")
struct AugmentationTests {
  private let shape = ImageShape(channels: 2, rows: 5, columns: 7)
  private let normalization = Normalization(mean: [0.25, 0.5], std: [0.5, 2])

  private var pixels: [UInt8] { (0..<shape.count).map { UInt8($0 + 1) } }

  /// The same with the channels of each pixel side by side.
  private var interleaved: [UInt8] {
    let size = shape.rows * shape.columns
    return (0..<shape.count).map { pixels[$0 % shape.channels * size + $0 / shape.channels] }
  }

  private func transformed(
    _ placement: Augmentation.Placement, _ order: PixelOrder = .planar
  ) -> [Float] {
    var values = [Float](repeating: .nan, count: shape.count)
    var span = values.mutableSpan
    let bytes = order == .planar ? pixels : interleaved
    PixelTransform(imageShape: shape, normalization: normalization)
      .apply(placement, to: bytes.span, order, into: &span, at: 0)
    return values
  }

  /// The same by the definition: mirror, pad with dark pixels, cut out, normalise.
  private func reference(_ placement: Augmentation.Placement) -> [Float] {
    var values: [Float] = []
    for channel in 0..<shape.channels {
      for row in 0..<shape.rows {
        for column in 0..<shape.columns {
          let (y, x) = (row + placement.rows, column + placement.columns)
          var byte: UInt8 = 0
          if (0..<shape.rows).contains(y) && (0..<shape.columns).contains(x) {
            let mirrored = placement.isFlipped ? shape.columns - 1 - x : x
            byte = pixels[(channel * shape.rows + y) * shape.columns + mirrored]
          }
          let unit = Float(byte) / 255
          values.append((unit - normalization.mean[channel]) / normalization.std[channel])
        }
      }
    }
    return values
  }

  @Test("Without crop and flip nothing changes but the scale")
  func identity() {
    let placement = Augmentation().placement(seed: 1, epoch: 2, sample: 3)
    #expect(placement == Augmentation.Placement())
    #expect(transformed(placement) == reference(placement))
    var values = [Float](repeating: 0, count: shape.count)
    var span = values.mutableSpan
    normalization.apply(to: pixels.span, imageShape: shape, into: &span)
    #expect(values == transformed(placement))
  }

  @Test("Every move and flip agrees with the definition, also right out of the picture")
  func moves() {
    for rows in -6...6 {
      for columns in -8...8 {
        for isFlipped in [false, true] {
          let placement = Augmentation.Placement(
            rows: rows, columns: columns, isFlipped: isFlipped)
          #expect(transformed(placement) == reference(placement), "\(placement)")
          #expect(
            transformed(placement, .interleaved) == reference(placement),
            "\(placement), interleaved")
        }
      }
    }
  }

  @Test("Seed, epoch and sample decide, and nothing else")
  func deterministic() {
    let augmentation = Augmentation(cropPadding: 100, horizontalFlip: true)
    let placement = augmentation.placement(seed: 1, epoch: 2, sample: 3)
    #expect(augmentation.placement(seed: 1, epoch: 2, sample: 3) == placement)
    #expect(augmentation.placement(seed: 2, epoch: 2, sample: 3) != placement)
    #expect(augmentation.placement(seed: 1, epoch: 3, sample: 3) != placement)
    #expect(augmentation.placement(seed: 1, epoch: 2, sample: 4) != placement)
  }

  @Test("Every offset occurs about equally often, and half of the images are flipped")
  func frequencies() {
    let augmentation = Augmentation(cropPadding: 2, horizontalFlip: true)
    let count = 20_000
    var offsets = [Int](repeating: 0, count: 25)
    var flips = 0
    for sample in 0..<count {
      let placement = augmentation.placement(seed: 5, epoch: 0, sample: sample)
      offsets[(placement.rows + 2) * 5 + placement.columns + 2] += 1
      flips += placement.isFlipped ? 1 : 0
    }
    // Five standard deviations of the binomial counts.
    let expected = Double(count) / 25
    let bound = 5 * (expected * 24 / 25).squareRoot()
    for offset in offsets { #expect(abs(Double(offset) - expected) < bound) }
    #expect(abs(Double(flips) - Double(count) / 2) < 5 * (Double(count) / 4).squareRoot())
  }

  @Test("A crop alone never flips and a flip alone never moves")
  func independent() {
    for sample in 0..<200 {
      let crop = Augmentation(cropPadding: 1).placement(seed: 0, epoch: 0, sample: sample)
      #expect(!crop.isFlipped)
      let flip = Augmentation(horizontalFlip: true).placement(seed: 0, epoch: 0, sample: sample)
      #expect(flip.rows == 0 && flip.columns == 0)
    }
  }
}
