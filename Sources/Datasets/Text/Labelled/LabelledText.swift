import Batches

/// Sequences of tokens with labels of their own: a class each, or the first and the last token of a span.
public protocol LabelledText: SampleSource {
  /// The labels of a sequence: 1, a class, or 2, the ends of a span.
  var labelsPerSample: Int { get }

  /// One sequence with its labels.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read.
  func sequence(of sample: Int) throws(DatasetError) -> LabelledSequence
}

/// The tokens and the labels of a sample of text.
public struct LabelledSequence: Sendable, Equatable {
  /// (n) the tokens, padding included.
  public let tokens: [Int32]

  /// (1) the number of its class, or (2) the places in 0..<n of the first and the last token of a span.
  public let labels: [Int32]

  /// A sequence with its labels.
  public init(tokens: [Int32], labels: [Int32]) {
    self.tokens = tokens
    self.labels = labels
  }
}

extension LabelledText {
  /// What puts sequences together as they are: nothing is at random.
  public func batchMaker(_ settings: BatchSettings) -> any BatchMaker {
    LabelledBatchMaker(source: self)
  }
}

/// Makes batches of labelled text, in which no token is hidden.
private struct LabelledBatchMaker: BatchMaker {
  let source: any LabelledText

  func makeBatch(_ request: BatchRequest) throws(DatasetError) -> Batch {
    var (tokens, labels): ([Int32], [Int32]) = ([], [])
    for sample in request.samples {
      let sequence = try source.sequence(of: sample)
      tokens += sequence.tokens
      labels += sequence.labels
    }
    return Batch(
      .text(tokens: tokens, positions: []), labels: labels, samples: request.samples)
  }
}
