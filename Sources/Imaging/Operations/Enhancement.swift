/// Operations that go from a degenerate picture through this one: 0 gives the degenerate, 1 leaves the picture as it
/// is, and more exaggerates it.
///
/// - Note: Source: Pillow's `ImageEnhance` and `Blend.c`, and `Filter.c` for the smoothing.
extension RasterImage {
  /// Darker towards black, or brighter.
  func brightened(by factor: Double) -> RasterImage {
    mapped { blend(0, $0, Float(factor)) }
  }

  /// Paler towards the mean grey, or starker.
  func contrasted(by factor: Double) -> RasterImage {
    let grey = greys
    let sum = grey.reduce(0) { $0 + Int($1) }
    let mean = UInt8(Double(sum) / Double(grey.count) + 0.5)
    return mapped { blend(mean, $0, Float(factor)) }
  }

  /// Less colourful towards grey, or more so; a grey picture stays as it is.
  func saturated(by factor: Double) -> RasterImage {
    if channels == 1 { return self }
    let greys = greys.span
    var degenerate = [UInt8](repeating: 0, count: bytes.count)
    var target = degenerate.mutableSpan
    for index in 0..<greys.count {
      for channel in 0..<3 { target[3 * index + channel] = greys[index] }
    }
    return blended(from: degenerate, by: factor)
  }

  /// Smoother, or sharper; the outermost pixels stay as they are.
  func sharpened(by factor: Double) -> RasterImage {
    blended(from: smoothedBytes, by: factor)
  }

  /// The brightness of each pixel, in bytes.
  var greys: [UInt8] {
    if channels == 1 { return bytes }
    let source = bytes.span
    var result = [UInt8](repeating: 0, count: rows * columns)
    var target = result.mutableSpan
    for index in 0..<target.count {
      let red = 19595 &* UInt32(source[3 * index])
      let green = 38470 &* UInt32(source[3 * index + 1])
      let blue = 7471 &* UInt32(source[3 * index + 2])
      target[index] = UInt8(truncatingIfNeeded: (red &+ green &+ blue &+ 32768) &>> 16)
    }
    return result
  }

  /// The picture at the share `factor` of the way from `degenerate`.
  private func blended(from degenerate: [UInt8], by factor: Double) -> RasterImage {
    var result = self
    var target = result.bytes.mutableSpan
    let (other, factor) = (degenerate.span, Float(factor))
    precondition(
      other.count == target.count, "\(other.count) bytes to blend with \(target.count)")
    for index in 0..<target.count { target[index] = blend(other[index], target[index], factor) }
    return result
  }

  /// The sum of a pixel's 3 × 3 neighbours with four times itself, over 13, rounded.
  private var smoothedBytes: [UInt8] {
    var result = bytes
    if rows < 3 || columns < 3 { return result }
    let width = columns * channels
    let source = bytes.span
    var target = result.mutableSpan
    for row in 1..<(rows - 1) {
      let above = source.extracting(((row - 1) * width)..<(row * width))
      let line = source.extracting((row * width)..<((row + 1) * width))
      let below = source.extracting(((row + 1) * width)..<((row + 2) * width))
      for index in channels..<(width - channels) {
        func column(_ index: Int) -> UInt32 {
          UInt32(above[index]) &+ UInt32(line[index]) &+ UInt32(below[index])
        }
        let sum =
          4 &* UInt32(line[index]) &+ column(index - channels) &+ column(index)
          &+ column(index + channels)
        // 13 is odd: no half way is ever met, and whole numbers round as fractions do.
        target[row * width + index] = UInt8(truncatingIfNeeded: (2 &* sum &+ 13) / 26)
      }
    }
    return result
  }
}

/// The byte at the share `factor` of the way from `first` to `second`, cut to a whole number in 0...255.
@inline(__always)
private func blend(_ first: UInt8, _ second: UInt8, _ factor: Float) -> UInt8 {
  let value = Float(first) + factor * (Float(second) - Float(first))
  let whole = min(max(value, 0), 255).rounded(.towardZero)
  // Whole numbers below 2²³ lie in the low bits of their sum with it.
  return UInt8(truncatingIfNeeded: (whole + 0x1p23).bitPattern)
}
