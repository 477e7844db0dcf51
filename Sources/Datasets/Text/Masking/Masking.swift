import Batches
import Randomness

/// Hides tokens of sequences for a model to predict, as BERT does: 15 % of each; 80 % of these become
/// the mask token, 10 % another piece at random, and 10 % stay.
///
/// What is hidden is a pure function of seed, epoch, sample and position: the same in any batch, on
/// any rank or thread. Special tokens are never hidden. Every sequence gives the same number of
/// predictions, so that shapes do not vary.
///
/// - Note: Source: J. Devlin et al., "BERT", arXiv:1810.04805, section 3.1, and google-research/bert,
///   create_pretraining_data.py; whole words as in its README of 31 May 2019.
public struct Masking: Sendable {
  /// What is drawn: new masks in each epoch, or those that validation uses in every run.
  public enum Draw: Sendable, Equatable {
    /// The masks of one epoch, from 0, of a run with this seed.
    case training(seed: UInt64, epoch: Int)
    /// The masks of all validations, in any run.
    case validation
  }

  /// The tokens of each sequence.
  public let sequenceLength: Int

  /// The predictions of each sequence.
  public let predictionCount: Int

  /// Whether the tokens of a word are hidden together or not at all.
  public let wholeWords: Bool

  private let vocabulary: Vocabulary

  /// Masks for sequences of one vocabulary.
  ///
  /// - Parameters:
  ///   - vocabulary: identifies special tokens and words.
  ///   - sequenceLength: the tokens of each sequence, special ones included.
  ///   - predictionCount: the tokens to hide of each sequence; 15 % in BERT's training.
  ///   - wholeWords: whether words are hidden as a whole.
  public init(
    vocabulary: Vocabulary, sequenceLength: Int, predictionCount: Int, wholeWords: Bool = false
  ) {
    precondition(
      0 < predictionCount && predictionCount <= sequenceLength,
      "\(predictionCount) predictions of \(sequenceLength) tokens")
    self.vocabulary = vocabulary
    self.sequenceLength = sequenceLength
    self.wholeWords = wholeWords
    self.predictionCount = predictionCount
  }

  /// Reads sequences and hides tokens of them.
  ///
  /// - Parameters:
  ///   - samples: numbers of sequences of `source`, in the order that the batch is to have.
  ///   - source: sequences of this masking's vocabulary and length.
  ///   - draw: which masks.
  /// - Returns: the batch.
  /// - Throws: ``DatasetError`` if a sequence cannot be read.
  public func batch(
    of samples: [Int], from source: TextSource, _ draw: Draw
  ) throws(DatasetError) -> MaskedBatch {
    var batch = MaskedBatch(samples: samples)
    for sample in samples {
      hide(try source.tokens(of: sample), sample: sample, draw, into: &batch)
    }
    return batch
  }

  /// Appends one sequence of (n) tokens and its predictions.
  func hide(_ tokens: [Int32], sample: Int, _ draw: Draw, into batch: inout MaskedBatch) {
    precondition(
      tokens.count == sequenceLength, "\(tokens.count) tokens for a sequence of \(sequenceLength)")
    let key =
      switch draw {
      case .training(let seed, let epoch):
        RandomKey(seed: seed, purpose: .masking, time: epoch, sample: sample)
      case .validation: RandomKey(seed: 0, purpose: .validationMasking, sample: sample)
      }
    let positions = chosenPositions(in: tokens, key)
    let missing = predictionCount - positions.count
    var shown = tokens
    for position in positions {
      shown[position] = replacement(of: tokens[position], at: position, key)
    }
    batch.tokens += shown
    batch.positions += positions.map(Int32.init) + repeatElement(0, count: missing)
    batch.labels += positions.map { tokens[$0] } + repeatElement(Batch.ignoredLabel, count: missing)
  }

  /// The positions to predict, ascending; fewer than wanted where there is too little to hide.
  ///
  /// Each token, or word, has a random rank by its first position; those of the lowest ranks are
  /// taken. A word for which no room is left is skipped.
  private func chosenPositions(in tokens: [Int32], _ key: RandomKey) -> [Int] {
    let candidates = candidates(in: tokens)
      .map { (range: $0, rank: Self.rank(key.words($0.lowerBound))) }
      .sorted { ($0.rank, $0.range.lowerBound) < ($1.rank, $1.range.lowerBound) }
    var positions: [Int] = []
    for (range, _) in candidates where range.count <= predictionCount - positions.count {
      positions += range
      if positions.count == predictionCount { break }
    }
    return positions.sorted()
  }

  /// What may be hidden: ranges of one token, or of the tokens of one word.
  private func candidates(in tokens: [Int32]) -> [Range<Int>] {
    let specials = vocabulary.special.all
    var candidates: [Range<Int>] = []
    for (position, token) in tokens.enumerated() where !specials.contains(token) {
      let goesOn = wholeWords && !vocabulary.startsWord(token)
      if goesOn, let last = candidates.last, last.upperBound == position {
        candidates[candidates.count - 1] = last.lowerBound..<(position + 1)
      } else {
        candidates.append(position..<(position + 1))
      }
    }
    return candidates
  }

  /// What replaces a hidden token.
  private func replacement(of token: Int32, at position: Int, _ key: RandomKey) -> Int32 {
    let words = key.words(position)
    switch Self.below(10, words.z) {
    case 0: return token
    case 1: return vocabulary.ordinary[Self.below(vocabulary.ordinary.count, words.w)]
    default: return vocabulary.special.mask
    }
  }

  private static func rank(_ words: SIMD4<UInt32>) -> UInt64 {
    UInt64(words.y) << 32 | UInt64(words.x)
  }

  /// A uniform integer from 32 random bits, biased by less than `bound` / 2³².
  private static func below(_ bound: Int, _ word: UInt32) -> Int {
    Int((UInt64(word) * UInt64(bound)) >> 32)
  }
}
