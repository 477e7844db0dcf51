/// How pixels become the numbers that a model takes: `(pixel / 255 − mean) / std`.
public struct Normalization: Sendable, Equatable {
  /// The mean of the pixels in 0…1, one value a channel.
  public let mean: [Float]

  /// The standard deviation of the pixels in 0…1, one value a channel.
  public let std: [Float]

  /// As many positive deviations as means, one for each channel.
  public init(mean: [Float], std: [Float]) {
    precondition(mean.count == std.count, "\(mean.count) means and \(std.count) deviations")
    precondition(std.allSatisfy { $0 > 0 }, "deviations \(std) are not all positive")
    self.mean = mean
    self.std = std
  }

  /// Writes one image as the model takes it.
  ///
  /// - Parameters:
  ///   - pixels: (channels, rows, columns) bytes.
  ///   - imageShape: their shape.
  ///   - values: receives as many values, from `start` on.
  ///   - start: the first element to write.
  public func apply(
    to pixels: Span<UInt8>, imageShape: ImageShape, into values: inout MutableSpan<Float>,
    at start: Int = 0
  ) {
    PixelTransform(imageShape: imageShape, normalization: self)
      .apply(.init(), to: pixels, .planar, into: &values, at: start)
  }
}
