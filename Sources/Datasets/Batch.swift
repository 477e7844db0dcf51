/// Samples as a model takes them.
///
/// The storage goes back to the loader when nobody holds the batch any more.
public final class Batch: Sendable {
  /// (B, channels, rows, columns) normalised values, B = `samples.count`.
  public let images: [Float]

  /// (B) the classes.
  public let labels: [Int32]

  /// (B) the samples' numbers in the data set.
  public let samples: [Int]

  private let storage: ImageStorage

  init(images: [Float], labels: [Int32], samples: [Int], storage: ImageStorage) {
    self.images = images
    self.labels = labels
    self.samples = samples
    self.storage = storage
  }

  deinit {
    storage.give(images)
  }
}
