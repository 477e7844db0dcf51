public import Kernels

/// Samples whose gradient is computed as one sum.
public struct MicroBatch: Sendable {
  /// (B, channels, height, width), normalised; B is `labels.count`.
  let images: [Float]

  /// (B) classes.
  let labels: [Int32]

  /// (B) the numbers of the samples in their data set; they key stochastic depth.
  let samples: [Int]

  /// Receives the sum (not the mean) over the samples.
  let gradient: FloatBuffer

  /// A micro-batch.
  ///
  /// - Parameters:
  ///   - images: (B, channels, height, width), normalised; B is `labels.count`.
  ///   - labels: (B) classes.
  ///   - samples: (B) the numbers of the samples in their data set; they key stochastic depth.
  ///   - gradient: the flat gradient, overwritten with the sum over the samples.
  public init(images: [Float], labels: [Int32], samples: [Int], gradient: FloatBuffer) {
    precondition(
      samples.count == labels.count, "\(samples.count) samples for \(labels.count) labels")
    self.images = images
    self.labels = labels
    self.samples = samples
    self.gradient = gradient
  }
}
