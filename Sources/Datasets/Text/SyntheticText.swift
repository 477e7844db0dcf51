package import Batches
import Randomness

/// Random tokens and labels, for measuring where no text is.
package struct SyntheticText: SampleSource, BatchMaker {
  package let count: Int
  let sequenceLength: Int
  let vocabularySize: Int
  let predictions: Int
  let labels: Int
  let labelValues: Int
  /// Not a digest of content: the same on all ranks.
  package let digest = "synthetic"

  /// `count` sequences, each with this number of positions to predict, and of labels below `labelValues`.
  package init(
    count: Int, sequenceLength: Int, vocabularySize: Int, predictions: Int, labels: Int,
    labelValues: Int
  ) {
    precondition(
      count > 0 && predictions <= sequenceLength && labelValues > 0,
      """
      \(count) sequences of \(sequenceLength) tokens with \(predictions) predictions, and labels below \
      \(labelValues)
      """)
    self.count = count
    self.sequenceLength = sequenceLength
    self.vocabularySize = vocabularySize
    self.predictions = predictions
    self.labels = labels
    self.labelValues = labelValues
  }

  package func batchMaker(_ settings: BatchSettings) -> any BatchMaker { self }

  package func makeBatch(_ request: BatchRequest) -> Batch {
    let samples = request.samples
    var (tokens, positions, labels): ([Int32], [Int32], [Int32]) = ([], [], [])
    for sample in samples {
      let key = RandomKey(seed: 0, purpose: .masking, sample: sample)
      tokens += (0..<sequenceLength).map { Self.number(key.words($0).x, below: vocabularySize) }
      labels += (0..<self.labels).map { Self.number(key.words($0).y, below: labelValues) }
      positions += (0..<predictions).map { Int32($0 * sequenceLength / predictions) }
    }
    return Batch(.text(tokens: tokens, positions: positions), labels: labels, samples: samples)
  }

  private static func number(_ word: UInt32, below bound: Int) -> Int32 {
    Int32((UInt64(word) * UInt64(bound)) >> 32)
  }
}
