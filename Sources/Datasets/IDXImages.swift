/// The grey images of an IDX file, plain or gzipped, without their labels.
public struct IDXImages: Sendable {
  private let file: IDXFile

  /// Opens the images at `path`.
  ///
  /// - Throws: ``DatasetError`` if the file is missing, damaged, empty or not of images.
  public init(_ path: String) throws(DatasetError) {
    file = try IDXFile(path, rank: 3)
  }

  /// The images of a file that is open.
  init(_ bytes: MappedBytes) throws(DatasetError) {
    file = try IDXFile(bytes, rank: 3)
  }

  /// The number of images.
  public var count: Int { file.count }

  /// The size of each image; one channel.
  public var imageShape: ImageShape {
    ImageShape(channels: 1, rows: file.dimensions[1], columns: file.dimensions[2])
  }

  /// Memory for images that were gzipped.
  var memoryBytes: Int { file.bytes.memoryBytes }

  /// Where the size of the images is written down.
  public var imageShapeLocation: FileLocation { file.bytes.location(8) }

  /// Copies the pixels of one image; `pixels` is (1, rows, columns).
  public func copyPixels(of image: Int, into pixels: inout MutableSpan<UInt8>) {
    precondition(0 <= image && image < count, "image \(image) of \(count)")
    precondition(
      pixels.count == imageShape.count, "\(pixels.count) bytes for \(imageShape.count) pixels")
    file.bytes.copy(from: file.offset(of: image), into: &pixels)
  }

  /// Lends the pixels of one image, (1, rows, columns).
  func withPixels(of image: Int, _ body: (Span<UInt8>) -> Void) {
    precondition(0 <= image && image < count, "image \(image) of \(count)")
    file.bytes.withBytes(from: file.offset(of: image), count: imageShape.count, body)
  }
}
