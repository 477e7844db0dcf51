import Files

/// Images and labels in two IDX files, plain or gzipped: MNIST, Fashion-MNIST and their like.
public struct IDXSource: ImageSource {
  private let images: IDXImages
  private let labels: IDXFile

  /// The largest label plus 1.
  public let classCount: Int

  /// The SHA-256 of the decoded content.
  public private(set) var digest = ""

  /// Opens a file of images and the file of their labels.
  ///
  /// - Throws: ``DatasetError`` if one is missing, damaged, empty or of another kind, or if they
  ///   hold different numbers of samples.
  public init(images imagePath: String, labels labelPath: String) throws(DatasetError) {
    images = try IDXImages(imagePath)
    labels = try IDXFile(labelPath, rank: 1)
    guard images.count == labels.count else {
      throw DatasetError(
        .invalid, labels.bytes.location(4),
        "\(counted(labels.count, "label")) for the \(counted(images.count, "image")) of \(imagePath); "
          + "name two files of one set")
    }
    let (bytes, start) = (labels.bytes, labels.offset(of: 0))
    classCount = (start..<bytes.count).reduce(0) { max($0, Int(bytes[$1])) } + 1
    digest = try computeDigest()
  }

  /// The number of samples.
  public var count: Int { images.count }

  /// The size of each image; one channel.
  public var imageShape: ImageShape { images.imageShape }

  /// Memory for images and labels that were gzipped.
  public var memoryBytes: Int { images.memoryBytes + labels.bytes.memoryBytes }

  /// The header of the images.
  public var imageShapeLocation: FileLocation { images.imageShapeLocation }

  /// Copies the pixels of one image.
  public func copyPixels(
    of sample: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    images.copyPixels(of: sample, into: &pixels)
  }

  /// Lends the pixels of one image in the file, which is mapped or unpacked.
  public func withPixels(
    of sample: Int, copiedInto room: inout [UInt8], _ body: (Span<UInt8>, PixelOrder) -> Void
  ) {
    images.withPixels(of: sample) { body($0, .planar) }
  }

  /// The class of one image, 0 to 255.
  public func label(of sample: Int) -> Int32 {
    checkSample(sample)
    return Int32(labels.bytes[labels.offset(of: sample)])
  }

  /// The byte of the label.
  public func labelLocation(of sample: Int) -> FileLocation {
    labels.bytes.location(labels.offset(of: sample))
  }
}
