import Batches

/// Makes batches of text: reads sequences and hides tokens of them.
struct MaskedBatchMaker: BatchMaker {
  private let source: TextSource
  private let masking: Masking
  private let use: BatchSettings.Use

  init(_ source: TextSource, _ settings: BatchSettings) {
    self.source = source
    use = settings.use
    masking = Masking(
      vocabulary: source.vocabulary, sequenceLength: source.sequenceLength,
      predictionCount: settings.predictions, wholeWords: settings.wholeWords)
  }

  func makeBatch(_ request: BatchRequest) throws(DatasetError) -> Batch {
    let draw: Masking.Draw =
      switch use {
      case .training(let seed): .training(seed: seed, epoch: request.epoch)
      case .evaluation: .validation
      }
    let masked = try masking.batch(of: request.samples, from: source, draw)
    return Batch(
      .text(tokens: masked.tokens, positions: masked.positions), labels: masked.labels,
      samples: request.samples)
  }
}

extension TextSource: TokenizedText {
  /// What reads sequences and hides tokens of them.
  public func batchMaker(_ settings: BatchSettings) -> any BatchMaker {
    MaskedBatchMaker(self, settings)
  }
}

/// Sequences with hidden tokens, as a masked language model takes them.
///
/// Shapes, row-major: B = `samples.count`, n = tokens of a sequence, P = predictions of a sequence.
public struct MaskedBatch: Sendable, Equatable {
  /// (B) the sequences' numbers in the data set.
  public let samples: [Int]

  /// (B, n) the tokens that the model sees.
  public internal(set) var tokens: [Int32] = []

  /// (B, P) the positions in 0..<n to predict, ascending in each sequence; 0 if nothing is.
  public internal(set) var positions: [Int32] = []

  /// (B, P) the tokens that stood there; `Batch.ignoredLabel` at the end of a row with fewer.
  public internal(set) var labels: [Int32] = []

  /// Predictions that count; what a mean of losses is taken over.
  public var countedPredictions: Int { labels.count { $0 != Batch.ignoredLabel } }

  init(samples: [Int]) {
    self.samples = samples
  }
}
