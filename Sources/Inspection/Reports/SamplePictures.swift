import Batches
import Configuration
import Datasets
import Imaging
import Mathematics
import Model
import Train

/// Samples of a test set of images with what a model says of them: the most confident errors, and the first ones.
struct SamplePictures {
  /// A sample.
  struct Sample {
    /// Its number in the set.
    let number: Int
    let label: Int
    let predicted: Int
    /// The probability of what was predicted.
    let probability: Double
    let picture: RasterImage
  }

  /// The errors with the highest probability, the worst first.
  let errors: [Sample]
  /// The first samples of the set.
  let first: [Sample]

  private static let count = 12
  /// How many of the surest guesses are looked at for errors: each sample is read for it.
  static let maximumGuesses = 2_000

  /// Chooses samples; nil if they are no images with classes.
  ///
  /// - Parameters:
  ///   - configuration: what the model was trained with.
  ///   - logits: (samples, classes) those of the whole test set.
  /// - Throws: `DatasetError` or `ConfigurationError`.
  init?(_ configuration: TrainingConfiguration, _ logits: [Float]) throws {
    guard configuration.model.tokenGrid != nil, configuration.task.classCount != nil else {
      return nil
    }
    let source = try configuration.task.open(.test)
    let classes = logits.count / max(source.count, 1)
    guard classes > 0, logits.count == classes * source.count else { return nil }
    let maker = source.batchMaker(configuration.batchSettings(.evaluation))
    let guesses = (0..<source.count).map { number in
      Self.guess(logits[number * classes..<(number + 1) * classes])
    }
    func sample(_ number: Int) throws -> Sample? {
      let batch = try maker.makeBatch(of: [number], epoch: 0)
      guard let picture = AugmentedSheet.pictures(of: batch, configuration).first else {
        return nil
      }
      return Sample(
        number: number, label: Int(batch.labels[0]), predicted: guesses[number].label,
        probability: guesses[number].probability, picture: picture)
    }
    first = try (0..<min(Self.count, source.count)).compactMap { try sample($0) }
    var errors: [Sample] = []
    let surest = guesses.indices.sorted {
      (-guesses[$0].probability, $0) < (-guesses[$1].probability, $1)
    }
    for number in surest.prefix(Self.maximumGuesses) where errors.count < Self.count {
      guard let found = try sample(number), found.label != found.predicted else { continue }
      errors.append(found)
    }
    self.errors = errors
  }

  /// The most probable class and its probability.
  private static func guess(_ logits: ArraySlice<Float>) -> (label: Int, probability: Double) {
    let best = logits.indices.max { (logits[$0], -$0) < (logits[$1], -$1) } ?? logits.startIndex
    let total = logits.reduce(0.0) { $0 + exponential(Double($1) - Double(logits[best])) }
    return (best - logits.startIndex, 1 / total)
  }
}
