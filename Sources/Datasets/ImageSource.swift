import Files
public import Imaging

/// A labelled set of images of one size, each accessible by its number.
///
/// All sources of the same images and labels are equal: they have one digest, which ``ContentDigest``
/// defines, in any kind of file.
public protocol ImageSource: SampleSource {
  /// The size of each image.
  var imageShape: ImageShape { get }

  /// The largest label plus 1.
  var classCount: Int { get }

  /// Where the size of the images is written down, for an error to name.
  var imageShapeLocation: FileLocation { get }

  /// Copies the pixels of one image, plane after plane, row after row.
  ///
  /// - Parameters:
  ///   - sample: below `count`.
  ///   - pixels: (channels, rows, columns) receives bytes from 0 (dark) to 255.
  /// - Throws: ``DatasetError`` if the image cannot be read or decoded.
  func copyPixels(of sample: Int, into pixels: inout MutableSpan<UInt8>) throws(DatasetError)

  /// Lends the pixels of one image where they lie in the source, or else in `room`, to which they are copied.
  ///
  /// - Parameters:
  ///   - sample: below `count`.
  ///   - room: as many bytes as an image has, of any value.
  ///   - body: receives the bytes that ``copyPixels(of:into:)`` copies, and their order.
  /// - Throws: ``DatasetError`` if the image cannot be read or decoded.
  func withPixels(
    of sample: Int, copiedInto room: inout [UInt8], _ body: (Span<UInt8>, PixelOrder) -> Void
  ) throws(DatasetError)

  /// One image as a picture, in the size that it was stored in.
  ///
  /// - Throws: ``DatasetError`` if the image cannot be read or decoded.
  func picture(of sample: Int) throws(DatasetError) -> RasterImage

  /// The class of one image, from 0.
  func label(of sample: Int) -> Int32

  /// Where the label of one image is written down, for an error to name.
  func labelLocation(of sample: Int) -> FileLocation
}

/// How the channels of an image lie in memory.
public enum PixelOrder: Sendable {
  /// One plane after the other: (channels, rows, columns).
  case planar
  /// Side by side for each pixel: (rows, columns, channels).
  case interleaved
}

extension ImageSource {
  /// Copies the pixels to `room`, and lends them there.
  public func withPixels(
    of sample: Int, copiedInto room: inout [UInt8], _ body: (Span<UInt8>, PixelOrder) -> Void
  ) throws(DatasetError) {
    var pixels = room.mutableSpan
    try copyPixels(of: sample, into: &pixels)
    body(room.span, .planar)
  }

  /// The image that ``copyPixels(of:into:)`` gives.
  public func picture(of sample: Int) throws(DatasetError) -> RasterImage {
    try fittedPicture(of: sample)
  }

  /// The image that ``copyPixels(of:into:)`` gives, as a picture.
  func fittedPicture(of sample: Int) throws(DatasetError) -> RasterImage {
    let (shape, channels) = (imageShape, imageShape.channels)
    var planes = [UInt8](repeating: 0, count: shape.count)
    var span = planes.mutableSpan
    try copyPixels(of: sample, into: &span)
    let size = shape.rows * shape.columns
    var bytes = planes
    if channels > 1 {
      for channel in 0..<channels {
        for index in 0..<size { bytes[channels * index + channel] = planes[channel * size + index] }
      }
    }
    return RasterImage(rows: shape.rows, columns: shape.columns, channels: channels, bytes: bytes)
  }

  /// What reads images, changes them at random in training, and normalises them.
  public func batchMaker(_ settings: BatchSettings) -> any BatchMaker {
    ImageBatchMaker(self, settings)
  }

  /// Checks that a model of images of `expectedShape` and `classes` classes can learn from this.
  ///
  /// - Throws: ``DatasetError`` that names the first byte which does not fit.
  public func validate(imageShape expectedShape: ImageShape, classes: Int) throws(DatasetError) {
    guard imageShape == expectedShape else {
      throw DatasetError(
        .invalid, imageShapeLocation,
        "images are \(imageShape) but the model takes \(expectedShape); "
          + "change [model] image_size and channels, or the data")
    }
    guard classCount > classes else { return }
    for sample in 0..<count where label(of: sample) >= classes {
      throw DatasetError(
        .invalid, labelLocation(of: sample),
        "sample \(sample) has label \(label(of: sample)) but the model has "
          + "\(counted(classes, "class", "classes")) (0 to \(classes - 1)); set [model] num_classes = \(classCount) or repair the file"
      )
    }
  }

  func checkSample(_ sample: Int) {
    precondition(0 <= sample && sample < count, "sample \(sample) of \(count)")
  }

  func checkPixels(_ pixels: borrowing MutableSpan<UInt8>) {
    precondition(
      pixels.count == imageShape.count, "\(pixels.count) bytes for \(imageShape.count) pixels")
  }
}
