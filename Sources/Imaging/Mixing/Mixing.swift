public import Randomness

/// Samples of a micro-batch mixed with each other: sample i with sample B - 1 - i.
///
/// Mixup adds shares of two inputs, CutMix puts a rectangle of one into the other; the labels count by the same shares.
/// The middle sample of an odd micro-batch is its own partner and stays as it is.
///
/// - Note: Source: "mixup", arXiv 1710.09412, and "CutMix", arXiv 1905.04899, as timm's `mixup.py` has them.
public struct Mixing: Sendable, Equatable {
  /// Which samples share one draw.
  public enum Mode: String, Sendable, CaseIterable {
    /// All of a micro-batch.
    case batch
    /// A sample and its partner.
    case pair
    /// None.
    case elem
  }

  /// The parameter α of Mixup's shares; 0 is without Mixup.
  public var mixup: Double

  /// The parameter α of CutMix's shares; 0 is without CutMix.
  public var cutmix: Double

  /// How often CutMix is done where both are on.
  public var switchProbability: Double

  /// How often mixing is done at all.
  public var probability: Double

  /// Which samples share one draw.
  public var mode: Mode

  /// Mixing with these parameters.
  public init(
    mixup: Double, cutmix: Double, switchProbability: Double = 0.5, probability: Double = 1,
    mode: Mode = .batch
  ) {
    precondition(
      mixup >= 0 && cutmix >= 0 && mixup + cutmix > 0, "mixup of \(mixup) and cutmix of \(cutmix)")
    precondition(
      (0...1).contains(switchProbability) && (0...1).contains(probability),
      "a switch of \(switchProbability) and a probability of \(probability)")
    self.mixup = mixup
    self.cutmix = cutmix
    self.switchProbability = switchProbability
    self.probability = probability
    self.mode = mode
  }

  /// What `key` draws.
  ///
  /// - Parameters:
  ///   - count: the number of samples B.
  ///   - rows: the height of the inputs.
  ///   - columns: the width of the inputs.
  ///   - key: the stream of the micro-batch in its step, ``RandomPurpose/mixing``.
  /// - Returns: the plan, which is a function of the arguments.
  public func plan(count: Int, rows: Int, columns: Int, key: RandomKey) -> MixingPlan {
    func draw(_ number: Int) -> SampleMix {
      mix(rows: rows, columns: columns, key: key, at: number * (8 + BetaDistribution.draws))
    }
    let mixes: [SampleMix] =
      switch mode {
      case .batch: [SampleMix](repeating: draw(0), count: count)
      case .pair: (0..<count).map { draw(min($0, count - 1 - $0)) }
      case .elem: (0..<count).map { draw($0) }
      }
    return MixingPlan(
      mixes.enumerated().map { $0 == count - 1 - $0 ? .none : $1 }, rows: rows, columns: columns)
  }

  private func mix(rows: Int, columns: Int, key: RandomKey, at index: Int) -> SampleMix {
    if Double(key.uniform(index)) >= probability { return .none }
    let isCut = cutmix > 0 && (mixup == 0 || Double(key.uniform(index + 1)) < switchProbability)
    let distribution = BetaDistribution(alpha: isCut ? cutmix : mixup)
    let share = distribution.share(key: key, at: index + 8)
    if !isCut { return .blend(share) }
    return .cut(
      Self.box(
        rows: rows, columns: columns, share: share, centerRow: key.integer(index + 2, below: rows),
        centerColumn: key.integer(index + 3, below: columns)))
  }

  /// The rectangle that comes from the partner, cut off at the borders.
  ///
  /// - Parameters:
  ///   - rows: the height of the inputs.
  ///   - columns: the width of the inputs.
  ///   - share: what the sample itself keeps, before the rectangle is cut off.
  ///   - centerRow: the row of the rectangle's centre.
  ///   - centerColumn: the column of the rectangle's centre.
  /// - Returns: the rectangle, which may be empty.
  static func box(rows: Int, columns: Int, share: Float, centerRow: Int, centerColumn: Int)
    -> PixelRectangle
  {
    let ratio = (1 - Double(share)).squareRoot()
    let (height, width) = (Int(Double(rows) * ratio), Int(Double(columns) * ratio))
    let top = max(centerRow - height / 2, 0)
    let left = max(centerColumn - width / 2, 0)
    return PixelRectangle(
      top: top, left: left, rows: min(centerRow + (height + 1) / 2, rows) - top,
      columns: min(centerColumn + (width + 1) / 2, columns) - left)
  }
}
