/// One change to a picture, with all that it needs to be the same everywhere.
///
/// - Note: Source: Pillow's operations as timm's `auto_augment.py` calls them, to the byte.
public enum ImageOperation: Sendable, Equatable {
  /// Each channel is stretched to 0...255.
  case autoContrast
  /// The values of each channel become about equally frequent.
  case equalize
  /// Light becomes dark.
  case invert
  /// A rotation about the centre, counter-clockwise where the degrees are positive.
  case rotate(degrees: Double, Interpolation)
  /// The highest bits of each byte are kept; 8 keep all, 0 give black.
  case posterize(bits: Int)
  /// Bytes from the threshold on are inverted.
  case solarize(threshold: Int)
  /// Bytes below 128 become lighter by so much.
  case solarizeAdd(Int)
  /// From grey at 0 to the picture at 1 and beyond. Grey pictures stay as they are.
  case color(Double)
  /// From the mean grey at 0 to the picture at 1 and beyond.
  case contrast(Double)
  /// From black at 0 to the picture at 1 and beyond.
  case brightness(Double)
  /// From a smoothed picture at 0 to the picture at 1 and beyond.
  case sharpness(Double)
  /// Each row is moved sideways by this many pixels more than the one above it.
  case shearX(Double, Interpolation)
  /// Each column is moved up by this many pixels more than the one to the left of it.
  case shearY(Double, Interpolation)
  /// A move to the left by a share of the width.
  case translateX(share: Double, Interpolation)
  /// A move up by a share of the height.
  case translateY(share: Double, Interpolation)
}

extension RasterImage {
  /// The picture after `operation`, in its size.
  ///
  /// - Parameters:
  ///   - operation: what is done.
  ///   - fill: the colour of what comes in from outside, one byte a channel; timm takes the mean of the data set.
  /// - Returns: the changed picture.
  public func applying(_ operation: ImageOperation, fill: [UInt8]) -> RasterImage {
    switch operation {
    case .autoContrast: return autoContrasted
    case .equalize: return equalized
    case .invert: return inverted
    case .posterize(let bits): return posterized(bits: bits)
    case .solarize(let threshold): return solarized(threshold: threshold)
    case .solarizeAdd(let amount): return solarizedByAdding(amount)
    case .color(let factor): return saturated(by: factor)
    case .contrast(let factor): return contrasted(by: factor)
    case .brightness(let factor): return brightened(by: factor)
    case .sharpness(let factor): return sharpened(by: factor)
    case .rotate(let degrees, let interpolation):
      let map = AffineMap.rotation(degrees: degrees, rows: rows, columns: columns)
      return transformed(by: map, interpolation, fill: fill)
    case .shearX(let factor, let interpolation):
      return transformed(by: .shearX(factor), interpolation, fill: fill)
    case .shearY(let factor, let interpolation):
      return transformed(by: .shearY(factor), interpolation, fill: fill)
    case .translateX(let share, let interpolation):
      let map = AffineMap.translation(x: share * Double(columns), y: 0)
      return transformed(by: map, interpolation, fill: fill)
    case .translateY(let share, let interpolation):
      let map = AffineMap.translation(x: 0, y: share * Double(rows))
      return transformed(by: map, interpolation, fill: fill)
    }
  }

  /// The picture after several operations, the first one first.
  public func applying(_ operations: [ImageOperation], fill: [UInt8]) -> RasterImage {
    operations.reduce(self) { $0.applying($1, fill: fill) }
  }
}
