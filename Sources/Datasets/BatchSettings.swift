/// What is done to samples on their way into a batch.
public struct BatchSettings: Sendable {
  /// What the batches are for.
  public enum Use: Sendable, Equatable {
    /// Images are changed at random, and each epoch hides other tokens.
    case training(seed: UInt64)
    /// Nothing is at random but the hidden tokens, which are the same in every run.
    case evaluation
  }

  /// What the batches are for.
  public var use: Use

  /// Of images: one mean and deviation for each channel of the source.
  public var normalization = Normalization(mean: [0], std: [1])

  /// What is done at random to images in training.
  public var augmentation = Augmentation()

  /// Of text: the tokens to hide in each sequence.
  public var predictions = 1

  /// Whether the tokens of a word are hidden together or not at all.
  public var wholeWords = false

  /// The visits of each sample in a row.
  var repeats: Int { use == .evaluation ? 1 : augmentation.repeats }

  /// Settings for one use, with nothing done at random to images.
  public init(_ use: Use) {
    self.use = use
  }
}
