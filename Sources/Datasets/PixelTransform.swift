/// Turns the bytes of an image into moved, mirrored and normalised numbers in one pass.
struct PixelTransform: Sendable {
  let imageShape: ImageShape

  /// What each byte becomes: 256 values a channel.
  private let table: [Float]

  init(imageShape: ImageShape, normalization: Normalization) {
    precondition(
      normalization.mean.count == imageShape.channels,
      "\(normalization.mean.count) means for \(imageShape.channels) channels")
    self.imageShape = imageShape
    table = zip(normalization.mean, normalization.std).flatMap { mean, std in
      (0..<256).map { (Float($0) / 255 - mean) / std }
    }
  }

  /// Writes one image from `start` on, plane after plane.
  ///
  /// What comes in from outside the image is byte 0, as if the bytes had been padded.
  func apply(
    _ placement: Augmentation.Placement, to pixels: Span<UInt8>, _ order: PixelOrder,
    into values: inout MutableSpan<Float>, at start: Int
  ) {
    let (channels, rows, columns) = (imageShape.channels, imageShape.rows, imageShape.columns)
    precondition(
      pixels.count == imageShape.count, "\(pixels.count) bytes for \(imageShape.count) pixels")
    let step = order == .planar ? 1 : channels
    for channel in 0..<channels {
      let table = table.span.extracting((256 * channel)..<(256 * channel + 256))
      let first = order == .planar ? channel * rows * columns : channel
      for row in 0..<rows {
        let target = start + (channel * rows + row) * columns
        let sourceRow = row + placement.rows
        guard 0 <= sourceRow && sourceRow < rows else {
          fill(&values, target..<(target + columns), with: table[0])
          continue
        }
        let source = first + step * sourceRow * columns
        copyRow(
          pixels.extracting(source..<(source + step * (columns - 1) + 1)), step: step, table,
          placement, into: &values, at: target)
      }
    }
  }

  /// Writes a row, taking every `step`-th byte.
  private func copyRow(
    _ row: Span<UInt8>, step: Int, _ table: Span<Float>, _ placement: Augmentation.Placement,
    into values: inout MutableSpan<Float>, at target: Int
  ) {
    let columns = imageShape.columns
    // The columns of the result whose source is inside the image.
    let first = min(max(-placement.columns, 0), columns)
    let last = max(min(columns - placement.columns, columns), first)
    fill(&values, target..<(target + first), with: table[0])
    fill(&values, (target + last)..<(target + columns), with: table[0])
    if placement.isFlipped {
      let mirror = columns - 1 - placement.columns
      for column in first..<last {
        values[target + column] = table[Int(row[step * (mirror - column)])]
      }
    } else {
      for column in first..<last {
        values[target + column] = table[Int(row[step * (column + placement.columns)])]
      }
    }
  }

  private func fill(_ values: inout MutableSpan<Float>, _ range: Range<Int>, with value: Float) {
    for index in range {
      values[index] = value
    }
  }
}
