import Imaging

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

  /// (B) the samples' numbers in the data set, or with repeated augmentation those of their visits.
  public let samples: [Int]

  /// How images are mixed; nil where they are not.
  private let mixing: MixingPlan?

  private let storage: ImageStorage?

  /// A batch of samples that no loader reads.
  public convenience init(_ content: Content, labels: [Int32], samples: [Int]) {
    self.init(content, labels: labels, samples: samples, storage: nil)
  }

  init(
    _ content: Content, labels: [Int32], samples: [Int], mixing: MixingPlan? = nil,
    storage: ImageStorage?
  ) {
    self.content = content
    self.labels = labels
    self.samples = samples
    self.mixing = mixing
    self.storage = storage
  }

  /// An image that another one is mixed with.
  public struct Partner: Sendable, Equatable {
    /// Its class.
    public let label: Int32

    /// The share of the target that it takes, in 0...1; the image's own label takes the rest.
    public let share: Double
  }

  /// (B) what each image is mixed with; empty where none is.
  public var partners: [Partner] {
    guard let mixing else { return [] }
    return zip(mixing.partnerLabels(labels), mixing.shares).map {
      Partner(label: $0, share: 1 - Double($1))
    }
  }

  deinit {
    if case .images(let images) = content { storage?.give(images) }
  }
}
