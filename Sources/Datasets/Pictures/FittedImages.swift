public import Imaging

/// Encoded pictures as a model takes them: decoded and fitted when they are asked for.
///
/// Its digest is that of the encoded pictures, so nothing is decoded to identify it.
public struct FittedImages: ImageSource {
  /// The pictures.
  public let source: any EncodedImageSource

  /// How they become the model's input.
  public let fit: ImageFit

  /// `source` by way of `fit`.
  public init(_ source: any EncodedImageSource, fit: ImageFit) {
    self.source = source
    self.fit = fit
  }

  /// The number of pictures.
  public var count: Int { source.count }

  /// What the pictures are fitted to.
  public var imageShape: ImageShape { fit.imageShape }

  /// The number of class names, or the largest label plus 1.
  public var classCount: Int { source.classCount }

  /// The names of the classes, where the data have them.
  public var classNames: [String]? { source.classNames }

  /// The digest of the encoded pictures.
  public var digest: String { source.digest }

  /// Memory that the source takes.
  public var memoryBytes: Int { source.memoryBytes }

  /// The first picture.
  public var imageShapeLocation: FileLocation { source.location(of: 0) }

  /// Reads, decodes and fits one picture.
  public func copyPixels(
    of sample: Int, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    checkSample(sample)
    try fit.decode(
      source.bytes(of: sample), at: source.location(of: sample), into: &pixels)
  }

  /// Lends one picture as it is decoded and fitted.
  public func withPixels(
    of sample: Int, copiedInto room: inout [UInt8], _ body: (Span<UInt8>, PixelOrder) -> Void
  ) throws(DatasetError) {
    checkSample(sample)
    body(fit.fit(try picture(of: sample)).bytes.span, .interleaved)
  }

  /// Reads and decodes one picture in the model's channels, in the size that it has.
  ///
  /// - Throws: ``DatasetError`` if it cannot be read or decoded.
  public func picture(of sample: Int) throws(DatasetError) -> RasterImage {
    let location = source.location(of: sample)
    let picture = try fit.decoder(for: location).decode(source.bytes(of: sample), at: location)
    try fit.requireResizable(picture, at: location)
    return picture
  }

  /// The class of one picture.
  public func label(of sample: Int) -> Int32 { source.label(of: sample) }

  /// The picture itself: its place is its label.
  public func labelLocation(of sample: Int) -> FileLocation { source.location(of: sample) }
}

extension SampleSource {
  /// Whether samples are decoded by the ``PictureLibraries`` when they are asked for.
  public var decodesPictures: Bool { self is FittedImages }
}
