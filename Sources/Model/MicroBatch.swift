public import Kernels

/// Samples whose gradient is computed as one sum.
public struct MicroBatch: Sendable {
  /// B samples.
  let input: ModelInput

  /// (B, ``ModelConfiguration/labelsPerSample``) classes, or ``ModelConfiguration/ignoredLabel``.
  let labels: [Int32]

  /// (B) the labels of the images that these are mixed with, or none.
  let partners: [SoftmaxCrossEntropy.Partner]

  /// (B) the numbers of the samples in their data set; they key stochastic depth and dropout.
  let samples: [Int]

  /// Receives the sum (not the mean) over the samples.
  let gradient: FloatBuffer

  /// A micro-batch.
  ///
  /// - Parameters:
  ///   - input: B samples.
  ///   - labels: (B, ``ModelConfiguration/labelsPerSample``) classes, or ``ModelConfiguration/ignoredLabel``.
  ///   - partners: (B) the labels of the images that these are mixed with; none by default.
  ///   - samples: (B) the numbers of the samples in their data set; they key stochastic depth.
  ///   - gradient: the flat gradient, overwritten with the sum over the samples.
  public init(
    _ input: ModelInput, labels: [Int32], partners: [SoftmaxCrossEntropy.Partner] = [],
    samples: [Int], gradient: FloatBuffer
  ) {
    precondition(
      partners.isEmpty || partners.count == labels.count,
      "\(partners.count) partners of \(labels.count) images")
    self.input = input
    self.labels = labels
    self.partners = partners
    self.samples = samples
    self.gradient = gradient
  }
}
