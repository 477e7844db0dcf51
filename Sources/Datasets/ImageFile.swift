/// The images of one file without labels: a PNG picture, or many in IDX, plain or gzipped.
public struct ImageFile: Sendable {
  private enum Content {
    case picture(PNGImage)
    case images(IDXImages)
  }

  /// The path as the user gave it.
  public let path: String

  private let content: Content

  /// Opens the file at `path`, whose first bytes tell its format.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - imageShape: what the model takes; nothing is scaled.
  /// - Throws: ``DatasetError`` if the file is missing, damaged, of another format or of another
  ///   size.
  public init(_ path: String, imageShape: ImageShape) throws(DatasetError) {
    self.path = path
    let file = try OpenFile(reading: path)
    _ = try file.size()
    let start = try file.read(at: 0, limit: 3)
    if start == [0x89, 0x50, 0x4e] {
      content = .picture(try PNGImage(contentsOf: path, imageShape: imageShape))
      return
    }
    guard start == [0, 0, 8] || start.prefix(2) == [0x1f, 0x8b] else {
      throw DatasetError(
        .invalid, FileLocation(path, offset: 0),
        "is neither a PNG picture nor an IDX file of images; convert it to PNG")
    }
    let images = try IDXImages(path)
    guard images.imageShape == imageShape else {
      throw DatasetError(
        .invalid, images.imageShapeLocation,
        "images are \(images.imageShape) but the model takes \(imageShape); scale them first")
    }
    content = .images(images)
  }

  /// The number of images, or nil for a picture, which has no number in its file.
  public var imageCount: Int? {
    switch content {
    case .picture: nil
    case .images(let images): images.count
    }
  }

  /// Copies the pixels of one image.
  ///
  /// - Parameters:
  ///   - image: its number in the file; 0 for a picture.
  ///   - pixels: (channels, rows, columns) receives bytes from 0 (dark) to 255.
  public func copyPixels(of image: Int, into pixels: inout MutableSpan<UInt8>) {
    switch content {
    case .images(let images): images.copyPixels(of: image, into: &pixels)
    case .picture(let picture):
      precondition(image == 0, "image \(image) of a picture")
      precondition(
        pixels.count == picture.pixels.count,
        "\(pixels.count) bytes for \(picture.pixels.count) pixels")
      for index in pixels.indices { pixels[index] = picture.pixels[index] }
    }
  }
}
