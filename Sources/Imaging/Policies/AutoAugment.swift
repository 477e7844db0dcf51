import Randomness

/// One of 25 pairs of operations, drawn evenly; each half of it is done with its probability.
///
/// - Note: Source: "AutoAugment: Learning Augmentation Policies from Data", arXiv 1805.09501, as timm has it.
public struct AutoAugment: Sendable, Equatable {
  /// A list of pairs.
  public enum List: String, Sendable, CaseIterable {
    /// The list of the paper for ImageNet.
    case original
    /// The list of Google's EfficientNet for TPUs. Its Posterize keeps fewer bits at lower levels.
    case v0
  }

  /// The list.
  public var list: List

  /// The standard deviation of the levels; 0 by default.
  public var levelDeviation: Double

  /// The policy with this list.
  public init(_ list: List, levelDeviation: Double = 0) {
    precondition(levelDeviation >= 0, "a deviation of \(levelDeviation)")
    self.list = list
    self.levelDeviation = levelDeviation
  }

  /// What `key` draws: at most two operations.
  func plan(key: RandomKey, interpolation: Interpolation?) -> [ImageOperation] {
    let pairs = list.pairs
    let pair = pairs[key.integer(0, below: pairs.count)]
    let noise = LevelNoise(deviation: levelDeviation)
    return pair.enumerated().compactMap { index, step in
      step.plan(key: key, at: 4 + 4 * index, noise, interpolation)
    }
  }
}

extension AutoAugment.List {
  /// The 25 pairs; duplicates and halves that never happen are part of the odds.
  var pairs: [[PolicyStep]] {
    switch self {
    case .original: Self.originalPairs
    case .v0: Self.v0Pairs
    }
  }

  private static let originalPairs: [[PolicyStep]] = [
    pair(.posterizeOriginal, 0.4, 8, .rotate, 0.6, 9),
    pair(.solarize, 0.6, 5, .autoContrast, 0.6, 5),
    pair(.equalize, 0.8, 8, .equalize, 0.6, 3),
    pair(.posterizeOriginal, 0.6, 7, .posterizeOriginal, 0.6, 6),
    pair(.equalize, 0.4, 7, .solarize, 0.2, 4),
    pair(.equalize, 0.4, 4, .rotate, 0.8, 8),
    pair(.solarize, 0.6, 3, .equalize, 0.6, 7),
    pair(.posterizeOriginal, 0.8, 5, .equalize, 1, 2),
    pair(.rotate, 0.2, 3, .solarize, 0.6, 8),
    pair(.equalize, 0.6, 8, .posterizeOriginal, 0.4, 6),
    pair(.rotate, 0.8, 8, .color, 0.4, 0),
    pair(.rotate, 0.4, 9, .equalize, 0.6, 2),
    pair(.equalize, 0, 7, .equalize, 0.8, 8),
    pair(.invert, 0.6, 4, .equalize, 1, 8),
    pair(.color, 0.6, 4, .contrast, 1, 8),
    pair(.rotate, 0.8, 8, .color, 1, 2),
    pair(.color, 0.8, 8, .solarize, 0.8, 7),
    pair(.sharpness, 0.4, 7, .invert, 0.6, 8),
    pair(.shearX, 0.6, 5, .equalize, 1, 9),
    pair(.color, 0.4, 0, .equalize, 0.6, 3),
    pair(.equalize, 0.4, 7, .solarize, 0.2, 4),
    pair(.solarize, 0.6, 5, .autoContrast, 0.6, 5),
    pair(.invert, 0.6, 4, .equalize, 1, 8),
    pair(.color, 0.6, 4, .contrast, 1, 8),
    pair(.equalize, 0.8, 8, .equalize, 0.6, 3),
  ]

  private static let v0Pairs: [[PolicyStep]] = [
    pair(.equalize, 0.8, 1, .shearY, 0.8, 4),
    pair(.color, 0.4, 9, .equalize, 0.6, 3),
    pair(.color, 0.4, 1, .rotate, 0.6, 8),
    pair(.solarize, 0.8, 3, .equalize, 0.4, 7),
    pair(.solarize, 0.4, 2, .solarize, 0.6, 2),
    pair(.color, 0.2, 0, .equalize, 0.8, 8),
    pair(.equalize, 0.4, 8, .solarizeAdd, 0.8, 3),
    pair(.shearX, 0.2, 9, .rotate, 0.6, 8),
    pair(.color, 0.6, 1, .equalize, 1, 2),
    pair(.invert, 0.4, 9, .rotate, 0.6, 0),
    pair(.equalize, 1, 9, .shearY, 0.6, 3),
    pair(.color, 0.4, 7, .equalize, 0.6, 0),
    pair(.posterize, 0.4, 6, .autoContrast, 0.4, 7),
    pair(.solarize, 0.6, 8, .color, 0.6, 9),
    pair(.solarize, 0.2, 4, .rotate, 0.8, 9),
    pair(.rotate, 1, 7, .translateY, 0.8, 9),
    pair(.shearX, 0, 0, .solarize, 0.8, 4),
    pair(.shearY, 0.8, 0, .color, 0.6, 4),
    pair(.color, 1, 0, .rotate, 0.6, 2),
    pair(.equalize, 0.8, 4, .equalize, 0, 8),
    pair(.equalize, 1, 4, .autoContrast, 0.6, 2),
    pair(.shearY, 0.4, 7, .solarizeAdd, 0.6, 7),
    pair(.posterize, 0.8, 2, .solarize, 0.6, 10),
    pair(.solarize, 0.6, 8, .equalize, 0.6, 1),
    pair(.color, 0.8, 6, .rotate, 0.4, 5),
  ]

  private static func pair(
    _ first: PolicyOperation, _ firstProbability: Double, _ firstLevel: Double,
    _ second: PolicyOperation, _ secondProbability: Double, _ secondLevel: Double
  ) -> [PolicyStep] {
    [
      PolicyStep(operation: first, probability: firstProbability, level: firstLevel),
      PolicyStep(operation: second, probability: secondProbability, level: secondLevel),
    ]
  }
}
