public import Batches
public import Kernels

/// Samples whose gradient is computed as one sum.
public struct MicroBatch: Sendable {
  /// B samples, with (B, ``ModelConfiguration/labelsPerSample``) labels.
  let batch: Batch

  /// Receives the sum (not the mean) over the samples.
  let gradient: FloatBuffer

  /// A micro-batch.
  ///
  /// - Parameters:
  ///   - batch: B samples, with (B, ``ModelConfiguration/labelsPerSample``) labels.
  ///   - gradient: the flat gradient, overwritten with the sum over the samples.
  public init(_ batch: Batch, gradient: FloatBuffer) {
    self.batch = batch
    self.gradient = gradient
  }
}
