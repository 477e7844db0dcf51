package import Batches
import Randomness

/// Random tokens, for measuring where no text is.
package struct SyntheticText: SampleSource, BatchMaker {
  package let count: Int
  let sequenceLength: Int
  let predictions: Int
  let vocabularySize: Int
  /// Not a digest of content: the same on all ranks.
  package let digest = "synthetic"

  /// `count` sequences, in each of which some tokens are to be predicted.
  package init(count: Int, sequenceLength: Int, predictions: Int, vocabularySize: Int) {
    precondition(
      count > 0 && predictions <= sequenceLength,
      "\(count) sequences of \(sequenceLength) tokens with \(predictions) predictions")
    self.count = count
    self.sequenceLength = sequenceLength
    self.predictions = predictions
    self.vocabularySize = vocabularySize
  }

  package func batchMaker(_ settings: BatchSettings) -> any BatchMaker { self }

  package func makeBatch(_ request: BatchRequest) -> Batch {
    let samples = request.samples
    var (tokens, positions, labels): ([Int32], [Int32], [Int32]) = ([], [], [])
    for sample in samples {
      let key = RandomKey(seed: 0, purpose: .masking, sample: sample)
      tokens += (0..<sequenceLength).map { piece(key.words($0).x) }
      labels += (0..<predictions).map { piece(key.words($0).y) }
      positions += (0..<predictions).map { Int32($0 * sequenceLength / predictions) }
    }
    return Batch(.text(tokens: tokens, positions: positions), labels: labels, samples: samples)
  }

  private func piece(_ word: UInt32) -> Int32 {
    Int32((UInt64(word) * UInt64(vocabularySize)) >> 32)
  }
}
