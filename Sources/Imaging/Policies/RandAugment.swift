import Randomness

/// Some operations drawn evenly from fifteen, with replacement; each is then done with one probability at one level.
///
/// - Note: Source: "RandAugment", arXiv 1909.13719, as timm has it: its probability, its noise and its operations.
public struct RandAugment: Sendable, Equatable {
  /// The level, from 0 to 10; timm's `m`.
  public var level = 10.0

  /// How many operations are drawn; timm's `n`.
  public var count = 2

  /// The probability with which a drawn operation is done; timm's `p`.
  public var probability = 0.5

  /// The standard deviation of the level, timm's `mstd`; above 100 the level is uniform from 0 to ``level``.
  public var levelDeviation = 0.0

  /// The largest level after the noise; timm's `mmax`.
  public var levelLimit = 10.0

  /// Whether each operation becomes stronger with the level; timm's `inc`.
  public var isIncreasing = false

  /// timm's defaults.
  public init() {}

  /// What `key` draws: at most ``count`` operations.
  func plan(key: RandomKey, interpolation: Interpolation?) -> [ImageOperation] {
    let operations = isIncreasing ? Self.increasing : Self.plain
    let noise = LevelNoise(deviation: levelDeviation, limit: levelLimit)
    return (0..<count).compactMap { index in
      let operation = operations[key.integer(5 * index, below: operations.count)]
      let step = PolicyStep(operation: operation, probability: probability, level: level)
      return step.plan(key: key, at: 5 * index + 1, noise, interpolation)
    }
  }

  /// The operations in timm's order.
  static let plain: [PolicyOperation] = [
    .autoContrast, .equalize, .invert, .rotate, .posterize, .solarize, .solarizeAdd, .color,
    .contrast, .brightness, .sharpness, .shearX, .shearY, .translateX, .translateY,
  ]

  /// The operations that become stronger with the level, in timm's order.
  static let increasing: [PolicyOperation] = [
    .autoContrast, .equalize, .invert, .rotate, .posterizeIncreasing, .solarizeIncreasing,
    .solarizeAdd, .colorIncreasing, .contrastIncreasing, .brightnessIncreasing,
    .sharpnessIncreasing, .shearX, .shearY, .translateX, .translateY,
  ]
}
