import Mathematics

/// What a random number is for.
///
/// Streams of different purposes never meet.
public enum RandomPurpose: UInt32, Sendable {
  /// The weights before the first step.
  case initialWeights = 1
  /// The permutation of the samples of an epoch.
  case epochOrder = 2
  /// Crop and flip of one sample in one epoch.
  case augmentation = 3
  /// Which blocks one sample skips in one step.
  case stochasticDepth = 4
  /// Which tokens of one sequence are hidden in one epoch.
  case masking = 5
  /// Which tokens of one sequence are hidden for validation, in every run.
  case validationMasking = 6
  /// Which lines of a corpus a vocabulary is learned from.
  case vocabularySample = 7
  /// Which outputs of a layer are dropped for one sample in one step.
  case dropout = 8
  /// Which shares of attention are dropped for one sample in one step.
  case attentionDropout = 9
  /// Which faults are injected, and when.
  case torture = 10
  /// The part of a picture that one sample shows in one epoch.
  case resizedCrop = 11
  /// Which operations of a policy, or which colours, one sample gets in one epoch.
  case policy = 12
  /// Where one sample is erased in one epoch.
  case erasing = 13
  /// What replaces the erased part of one sample in one epoch.
  case erasedPixels = 14
  /// How the samples of one micro-batch are mixed in one step.
  case mixing = 15
  /// Which channels are dropped before the classifier for one sample in one step.
  case headDropout = 16
  /// Which values a random search tries.
  case search = 17
}

/// The name of one stream of random numbers: seed, purpose, time and sample.
///
/// Rank, thread and clock are not part of it: that is what makes a run the same on any number
/// of workers. All four fields lie in the generator's key and counter, so no two streams overlap.
public struct RandomKey: Sendable, Equatable {
  private let seed: UInt64
  private let purposeAndTime: UInt64
  private let sample: UInt32

  /// Names a stream.
  ///
  /// - Parameters:
  ///   - seed: the run's seed.
  ///   - purpose: what the numbers are for.
  ///   - time: the epoch or the step, or 0; below 2³².
  ///   - sample: the number of the sample in its data set, or of the tensor, or 0; below 2³².
  public init(seed: UInt64, purpose: RandomPurpose, time: Int = 0, sample: Int = 0) {
    guard let time32 = UInt32(exactly: time), let sample32 = UInt32(exactly: sample) else {
      preconditionFailure("random key out of range: time \(time), sample \(sample)")
    }
    self.seed = seed
    purposeAndTime = UInt64(purpose.rawValue) << 32 | UInt64(time32)
    self.sample = sample32
  }

  /// The four words of the stream numbered 4·`index` to 4·`index` + 3; `index` is below 2³².
  public func words(_ index: Int) -> SIMD4<UInt32> {
    guard let index32 = UInt32(exactly: index) else {
      preconditionFailure("random stream index out of range: \(index)")
    }
    return Philox(key: seed).block(
      high: purposeAndTime, low: UInt64(sample) << 32 | UInt64(index32))
  }

  /// A uniform number in 0..<1 with 24 random bits: every value is exact in `Float`.
  public func uniform(_ index: Int) -> Float {
    Float(words(index).x >> 8) * 0x1p-24
  }

  /// A uniform integer in 0..<`bound`, biased by less than `bound` / 2⁶⁴.
  public func integer(_ index: Int, below bound: Int) -> Int {
    precondition(bound > 0, "no integer below \(bound)")
    let words = words(index)
    let bits = UInt64(words.y) << 32 | UInt64(words.x)
    return Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number of the standard normal distribution (Box and Muller, in double precision).
  public func normal(_ index: Int) -> Double {
    let words = words(index)
    // The first uniform is in (0, 1], so that its logarithm is finite.
    let radius = (Double(words.x) + 1) * 0x1p-32
    let turns = Double(words.y) * 0x1p-32
    return (-2 * logarithm(radius)).squareRoot() * cosine(ofTurns: turns)
  }
}
