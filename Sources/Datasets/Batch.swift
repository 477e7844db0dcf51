/// Samples as a model takes them; B = `samples.count`.
///
/// The storage of images goes back to the loader when nobody holds the batch any more.
public final class Batch: Sendable {
  /// What the model sees, row-major.
  public enum Content: Sendable {
    /// (B, channels, rows, columns) normalised values.
    case images([Float])
    /// (B, n) tokens, and the (B, P) positions in 0..<n to predict.
    case text(tokens: [Int32], positions: [Int32])
  }

  /// What the model sees.
  public let content: Content

  /// (B) the classes of images; (B, P) hidden tokens, or ``Masking/ignored``.
  public let labels: [Int32]

  /// (B) the samples' numbers in the data set.
  public let samples: [Int]

  private let storage: ImageStorage?

  /// A batch of samples that no loader reads.
  public convenience init(_ content: Content, labels: [Int32], samples: [Int]) {
    self.init(content, labels: labels, samples: samples, storage: nil)
  }

  init(_ content: Content, labels: [Int32], samples: [Int], storage: ImageStorage?) {
    self.content = content
    self.labels = labels
    self.samples = samples
    self.storage = storage
  }

  deinit {
    if case .images(let images) = content { storage?.give(images) }
  }
}
