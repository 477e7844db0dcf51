/// How a pixel is computed from those around the place where it comes from.
///
/// Two families of formulas bear these names. Resampling widens its window when it reduces a picture, and its cubic
/// has a = -0.5 (``Resampler``). Rotation, shear and translation read 4 or 16 pixels, and their cubic has a = -1
/// (``AffineMap``). Both are Pillow's.
public enum Interpolation: String, Sendable, CaseIterable {
  /// Weights fall in a straight line to zero at the distance of one pixel.
  case bilinear
  /// Weights are a cubic spline that ends at the distance of two pixels.
  case bicubic

  /// How far the weights reach in pixels, where nothing is reduced.
  var support: Double {
    switch self {
    case .bilinear: 1
    case .bicubic: 2
    }
  }

  /// The weight of a pixel at the distance `x` in resampling.
  func weight(at x: Double) -> Double {
    let x = abs(x)
    switch self {
    case .bilinear:
      return x < 1 ? 1 - x : 0
    case .bicubic:
      if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0
    }
  }
}

/// How pictures are resized: always alike, or in training by a filter that is drawn for each.
public enum InterpolationChoice: String, Sendable, CaseIterable {
  case bilinear
  case bicubic
  /// Bilinear or bicubic, each time with probability one half, as timm trains by default.
  case random

  /// The filter of training; nil if it is drawn.
  public var ofTraining: Interpolation? {
    switch self {
    case .bilinear: .bilinear
    case .bicubic: .bicubic
    case .random: nil
    }
  }

  /// The filter where nothing is at random: bicubic in the place of a drawn one, as in timm.
  public var ofEvaluation: Interpolation { ofTraining ?? .bicubic }
}
