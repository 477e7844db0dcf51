import Imaging

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

  /// Writes one image from `start` on.
  ///
  /// What comes in from outside the image is byte 0, as if the bytes had been padded.
  func apply(
    _ placement: Augmentation.Placement, to pixels: Span<UInt8>,
    into values: inout MutableSpan<Float>, at start: Int
  ) {
    let (rows, columns) = (imageShape.rows, imageShape.columns)
    precondition(
      pixels.count == imageShape.count, "\(pixels.count) bytes for \(imageShape.count) pixels")
    for channel in 0..<imageShape.channels {
      let table = table.span.extracting((256 * channel)..<(256 * channel + 256))
      let plane = channel * rows * columns
      for row in 0..<rows {
        let target = start + plane + row * columns
        let sourceRow = row + placement.rows
        guard 0 <= sourceRow && sourceRow < rows else {
          fill(&values, target..<(target + columns), with: table[0])
          continue
        }
        let source = plane + sourceRow * columns
        copyRow(
          pixels.extracting(source..<(source + columns)), table, placement, into: &values,
          at: target)
      }
    }
  }

  /// Writes a picture of the image's size from `start` on, its channels one after the other.
  func apply(to picture: RasterImage, into values: inout MutableSpan<Float>, at start: Int) {
    let channels = imageShape.channels
    precondition(
      picture.rows == imageShape.rows && picture.columns == imageShape.columns
        && picture.channels == channels,
      "\(picture.rows)×\(picture.columns)×\(picture.channels) for \(imageShape)")
    let bytes = picture.bytes.span
    let size = picture.rows * picture.columns
    for channel in 0..<channels {
      let table = table.span.extracting((256 * channel)..<(256 * channel + 256))
      for index in 0..<size {
        values[start + channel * size + index] = table[Int(bytes[channels * index + channel])]
      }
    }
  }

  private func copyRow(
    _ row: Span<UInt8>, _ table: Span<Float>, _ placement: Augmentation.Placement,
    into values: inout MutableSpan<Float>, at target: Int
  ) {
    // The columns of the result whose source lies inside the image.
    let first = min(max(-placement.columns, 0), row.count)
    let last = max(min(row.count - placement.columns, row.count), first)
    fill(&values, target..<(target + first), with: table[0])
    fill(&values, (target + last)..<(target + row.count), with: table[0])
    if placement.isFlipped {
      let mirror = row.count - 1 - placement.columns
      for column in first..<last {
        values[target + column] = table[Int(row[mirror - column])]
      }
    } else {
      for column in first..<last {
        values[target + column] = table[Int(row[column + placement.columns])]
      }
    }
  }

  private func fill(_ values: inout MutableSpan<Float>, _ range: Range<Int>, with value: Float) {
    for index in range {
      values[index] = value
    }
  }
}
