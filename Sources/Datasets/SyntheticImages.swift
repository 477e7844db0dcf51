import Randomness

/// Random images and labels, for measuring where no data are.
///
/// Pixels of sample s are a window of one block of random bytes, so that making them takes as long
/// as copying them from a mapped file.
package struct SyntheticImages: ImageSource {
  package let count: Int
  package let imageShape: ImageShape
  package let classCount: Int
  /// Not a digest of content: the same on all ranks.
  package let digest = "synthetic"
  package let imageShapeLocation = FileLocation("synthetic data")

  private let bytes: [UInt8]

  /// `count` images of `imageShape` in `classCount` classes.
  package init(count: Int, imageShape: ImageShape, classCount: Int) {
    precondition(count > 0 && classCount > 0, "\(count) images of \(classCount) classes")
    self.count = count
    self.imageShape = imageShape
    self.classCount = classCount
    let key = RandomKey(seed: 0, purpose: .augmentation)
    bytes = (0..<(imageShape.count + Self.windows)).map { UInt8(key.words($0).x >> 24) }
  }

  package func copyPixels(of sample: Int, into pixels: inout MutableSpan<UInt8>) {
    precondition(
      pixels.count == imageShape.count, "\(pixels.count) bytes for \(imageShape.count) pixels")
    let first = sample % Self.windows
    for index in pixels.indices { pixels[index] = bytes[first + index] }
  }

  package func withPixels(
    of sample: Int, copiedInto room: inout [UInt8], _ body: (Span<UInt8>, PixelOrder) -> Void
  ) {
    let first = sample % Self.windows
    body(bytes.span.extracting(first..<first + imageShape.count), .planar)
  }

  package func label(of sample: Int) -> Int32 { Int32(sample % classCount) }

  package func labelLocation(of sample: Int) -> FileLocation { imageShapeLocation }

  private static let windows = 251
}
