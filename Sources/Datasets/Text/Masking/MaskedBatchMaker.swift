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

extension TextSource: SampleSource {
  /// What reads sequences and hides tokens of them.
  public func batchMaker(_ settings: BatchSettings) -> any BatchMaker {
    MaskedBatchMaker(self, settings)
  }
}
