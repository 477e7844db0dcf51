import Files

/// The images of one file, labels not asked for: a PNG picture, or many in a format of data sets.
public struct ImageFile: Sendable {
  private enum Content {
    case picture(PNGImage)
    case images(any StoredImages)
  }

  /// The path as the user gave it.
  public let path: String

  private let content: Content

  /// Opens the file at `path`, whose content tells its format: PNG, IDX, a shard, or CIFAR-10.
  ///
  /// - Parameters:
  ///   - path: the file; what is no picture may be gzipped.
  ///   - imageShape: what the model takes; nothing is scaled.
  /// - Throws: ``DatasetError`` if the file is missing, damaged, of another format or of another
  ///   size.
  public init(_ path: String, imageShape: ImageShape) throws(DatasetError) {
    self.path = path
    let file = try MappedBytes(contentsOf: path)
    if file.begins(with: [0x89, 0x50, 0x4e, 0x47]) {
      content = .picture(try PNGImage(contentsOf: path, imageShape: imageShape))
      return
    }
    let images = try Self.images(file, imageShape)
    guard images.imageShape == imageShape else {
      throw DatasetError(
        .invalid, images.imageShapeLocation,
        "images are \(images.imageShape) but the model takes \(imageShape); scale them first")
    }
    content = .images(images)
  }

  /// The files that a path of images stands for: a folder for its shards, by name.
  ///
  /// - Throws: ``DatasetError`` if a folder has no shard.
  public static func files(at path: String) throws(DatasetError) -> [String] {
    try expandFolders([path])
  }

  private static func images(
    _ file: MappedBytes, _ imageShape: ImageShape
  ) throws(DatasetError) -> any StoredImages {
    if file.begins(with: ShardHeader.magic) { return try ShardImages(file) }
    if file.begins(with: [0, 0, 8, 3]) { return try IDXImages(file) }
    // These files have no signature.
    if CIFAR10Source.isLikely(file) { return try CIFAR10Source(files: [file.file]) }
    let other = DatasetError(
      .invalid, file.location(0),
      "is neither a PNG picture nor an IDX file of images, a shard or a CIFAR-10 file; "
        + "convert it to PNG")
    guard let kind = file.kind else { throw other }
    throw DatasetError(
      .invalid, file.location(0),
      "this is \(kind), neither a PNG picture nor an IDX file of images, a shard or a CIFAR-10 "
        + "file; \(kind.advice ?? "convert it to PNG")")
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
  /// - Throws: ``DatasetError`` where the image cannot be read.
  public func copyPixels(
    of image: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    switch content {
    case .images(let images): try images.copyPixels(of: image, into: &pixels)
    case .picture(let picture):
      precondition(image == 0, "image \(image) of a picture")
      precondition(
        pixels.count == picture.pixels.count,
        "\(pixels.count) bytes for \(picture.pixels.count) pixels")
      for index in pixels.indices { pixels[index] = picture.pixels[index] }
    }
  }
}
