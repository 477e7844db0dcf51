/// Samples as a loader makes them and a model takes them; B = `samples.count`.
///
/// The array of images goes back to the loader when the batch is no longer used.
public final class Batch: Sendable {
  /// What the model sees, row-major: images, or sequences some of whose tokens are hidden.
  public enum Content: Sendable {
    /// (B, channels, rows, columns) normalised values.
    case images([Float])
    /// (B, N) tokens, and the (B, P) positions in 0..<N to predict.
    case text(tokens: [Int32], positions: [Int32])
  }

  /// An image that another one is mixed with.
  public struct Partner: Sendable, Equatable {
    /// Its class.
    public let label: Int32

    /// The share of the target that it takes, in 0...1; the image's own label takes the rest.
    public let share: Double

    /// A class with its share in 0...1.
    public init(label: Int32, share: Double) {
      precondition((0...1).contains(share), "a label with the share \(share)")
      self.label = label
      self.share = share
    }
  }

  /// The label of a prediction that does not count.
  public static let ignoredLabel: Int32 = -1

  /// What the model sees.
  public let content: Content

  /// (B) the classes of images; (B, P) hidden tokens, or ``ignoredLabel``.
  public let labels: [Int32]

  /// (B) what each image is mixed with; empty if none is.
  public let partners: [Partner]

  /// (B) the samples' numbers in the data set, or with repeated augmentation those of their visits.
  ///
  /// They key stochastic depth and dropout.
  public let samples: [Int]

  private let recycle: (@Sendable ([Float]) -> Void)?

  /// A batch of samples.
  ///
  /// - Parameters:
  ///   - content: what the model sees.
  ///   - labels: (B) classes, or (B, P) hidden tokens.
  ///   - partners: (B) what each image is mixed with, or none.
  ///   - samples: (B) the samples' numbers.
  ///   - recycle: receives the array of images when the batch is no longer used.
  public init(
    _ content: Content, labels: [Int32], partners: [Partner] = [], samples: [Int],
    recycling recycle: (@Sendable ([Float]) -> Void)? = nil
  ) {
    precondition(
      partners.isEmpty || partners.count == labels.count,
      "\(partners.count) partners of \(labels.count) images")
    self.content = content
    self.labels = labels
    self.partners = partners
    self.samples = samples
    self.recycle = recycle
  }

  deinit {
    if case .images(let images) = content { recycle?(images) }
  }
}
