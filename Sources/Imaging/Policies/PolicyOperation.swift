import Randomness

/// An operation of a policy before its level is known, by timm's name.
enum PolicyOperation: String, CaseIterable, Sendable {
  case autoContrast = "AutoContrast"
  case equalize = "Equalize"
  case invert = "Invert"
  case rotate = "Rotate"
  case posterize = "Posterize"
  case posterizeIncreasing = "PosterizeIncreasing"
  case posterizeOriginal = "PosterizeOriginal"
  case solarize = "Solarize"
  case solarizeIncreasing = "SolarizeIncreasing"
  case solarizeAdd = "SolarizeAdd"
  case color = "Color"
  case colorIncreasing = "ColorIncreasing"
  case contrast = "Contrast"
  case contrastIncreasing = "ContrastIncreasing"
  case brightness = "Brightness"
  case brightnessIncreasing = "BrightnessIncreasing"
  case sharpness = "Sharpness"
  case sharpnessIncreasing = "SharpnessIncreasing"
  case shearX = "ShearX"
  case shearY = "ShearY"
  case translateX = "TranslateXRel"
  case translateY = "TranslateYRel"

  /// The operation at a level.
  ///
  /// Some become weaker as the level grows: Posterize, Solarize, and the plain enhancements below level 5. The
  /// increasing ones begin at no change.
  ///
  /// - Parameters:
  ///   - level: from 0 to 10, or to what the policy allows.
  ///   - isNegative: the side, of operations that have two.
  ///   - interpolation: of operations that move pixels.
  /// - Returns: the operation with its argument.
  func operation(level: Double, isNegative: Bool, interpolation: Interpolation) -> ImageOperation {
    let share = level / 10
    func signed(_ value: Double) -> Double { isNegative ? -value : value }
    let plain = share * 1.8 + 0.1
    let increasing = max(0.1, 1 + signed(share * 0.9))
    let bits = Int(share * 4)
    let threshold = min(256, Int(share * 256))
    switch self {
    case .autoContrast: return .autoContrast
    case .equalize: return .equalize
    case .invert: return .invert
    case .rotate: return .rotate(degrees: signed(share * 30), interpolation)
    case .posterize: return .posterize(bits: min(bits, 8))
    case .posterizeIncreasing: return .posterize(bits: max(4 - bits, 0))
    case .posterizeOriginal: return .posterize(bits: min(4 + bits, 8))
    case .solarize: return .solarize(threshold: threshold)
    case .solarizeIncreasing: return .solarize(threshold: 256 - threshold)
    case .solarizeAdd: return .solarizeAdd(min(128, Int(share * 110)))
    case .color: return .color(plain)
    case .colorIncreasing: return .color(increasing)
    case .contrast: return .contrast(plain)
    case .contrastIncreasing: return .contrast(increasing)
    case .brightness: return .brightness(plain)
    case .brightnessIncreasing: return .brightness(increasing)
    case .sharpness: return .sharpness(plain)
    case .sharpnessIncreasing: return .sharpness(increasing)
    case .shearX: return .shearX(signed(share * 0.3), interpolation)
    case .shearY: return .shearY(signed(share * 0.3), interpolation)
    case .translateX: return .translateX(share: signed(share * 0.45), interpolation)
    case .translateY: return .translateY(share: signed(share * 0.45), interpolation)
    }
  }
}

/// An operation of a policy with its probability and level.
struct PolicyStep: Equatable {
  let operation: PolicyOperation
  let probability: Double
  let level: Double

  /// What the numbers from `index` to `index` + 3 of `key` make of the step; nil if it is left out.
  func plan(key: RandomKey, at index: Int, _ noise: LevelNoise, _ interpolation: Interpolation?)
    -> ImageOperation?
  {
    if Double(key.uniform(index)) >= probability { return nil }
    return operation.operation(
      level: noise.level(around: level, key: key, at: index + 1),
      isNegative: key.integer(index + 2, below: 2) == 1,
      interpolation: interpolation
        ?? (key.integer(index + 3, below: 2) == 1 ? .bicubic : .bilinear))
  }
}

/// How levels differ from call to call.
struct LevelNoise: Equatable {
  /// The standard deviation of the level; above 100 it is uniform from 0 to its value.
  var deviation = 0.0

  /// The largest level.
  var limit = 10.0

  /// The level for number `index` of `key`.
  func level(around level: Double, key: RandomKey, at index: Int) -> Double {
    let drawn =
      if deviation > 100 {
        level * Double(key.uniform(index))
      } else if deviation > 0 {
        level + deviation * key.normal(index)
      } else {
        level
      }
    return min(max(drawn, 0), limit)
  }
}
