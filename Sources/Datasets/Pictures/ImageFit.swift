public import Imaging

/// How pictures of any size become a model's input where nothing is at random.
public struct ImageFit: Sendable, Equatable {
  /// What the model takes; 1 or 3 channels.
  public let imageShape: ImageShape

  /// The share of the resized picture's short side that is kept, above 0 and at most 1.
  public let cropFraction: Double

  /// How pictures are resized.
  public let interpolation: Interpolation

  /// Whether pictures are first turned and mirrored as EXIF says.
  public let appliesOrientation: Bool

  /// A fit to `imageShape`.
  public init(
    imageShape: ImageShape, cropFraction: Double, interpolation: Interpolation,
    appliesOrientation: Bool = false
  ) {
    precondition(0 < cropFraction && cropFraction <= 1, "a crop fraction of \(cropFraction)")
    self.imageShape = imageShape
    self.cropFraction = cropFraction
    self.interpolation = interpolation
    self.appliesOrientation = appliesOrientation
  }

  /// The share that is kept by default: 0.875 as for ImageNet, all of a small picture.
  public static func usualCropFraction(for imageShape: ImageShape) -> Double {
    max(imageShape.rows, imageShape.columns) > 64 ? 0.875 : 1
  }

  /// Decodes a picture, resizes it, and cuts the model's input from the middle.
  ///
  /// - Parameters:
  ///   - bytes: a whole file of JPEG, PNG or WebP.
  ///   - location: what the file is called in errors.
  ///   - pixels: (channels, rows, columns) receives bytes from 0 (dark) to 255.
  /// - Throws: ``DatasetError`` if the picture cannot be decoded, or the model takes neither 1 nor 3
  ///   channels.
  public func decode(
    _ bytes: [UInt8], at location: FileLocation, into pixels: inout MutableSpan<UInt8>
  ) throws(DatasetError) {
    let decoder = try decoder(for: location)
    let picture = try decoder.decode(bytes, at: location)
    try requireResizable(picture, at: location)
    fit(picture, to: &pixels)
  }

  /// Refuses a picture so narrow that its short side at the model's size makes the long one exhaust memory.
  ///
  /// - Throws: ``DatasetError`` with both sizes.
  func requireResizable(
    _ picture: RasterImage, at location: FileLocation
  ) throws(DatasetError) {
    let size = transform.resizedSize(rows: picture.rows, columns: picture.columns)
    guard size.rows <= PictureFacts.maximumPixels / size.columns else {
      throw DatasetError(
        .invalid, location,
        "has \(picture.rows)×\(picture.columns) pixels and would be resized to \(size.rows)×\(size.columns), "
          + "more than memory is taken for; cut it, or leave it out")
    }
  }

  /// What evaluation does to a picture.
  private var transform: EvaluationTransform {
    EvaluationTransform(
      rows: imageShape.rows, columns: imageShape.columns, cropFraction: cropFraction,
      interpolation: interpolation)
  }

  /// The decoder to the model's channels.
  ///
  /// - Throws: ``DatasetError`` if the model takes neither 1 nor 3.
  public func decoder(for location: FileLocation) throws(DatasetError) -> ImageDecoder {
    guard imageShape.channels == 1 || imageShape.channels == 3 else {
      throw DatasetError(
        .invalid, location,
        "a picture gives 1 or 3 channels but the model takes \(imageShape.channels); use IDX or shards "
          + "of pixels")
    }
    return ImageDecoder(
      channels: imageShape.channels, appliesOrientation: appliesOrientation)
  }

  /// Brings a picture to the model's size.
  func fit(_ picture: RasterImage) -> RasterImage { transform(picture) }

  /// Brings a picture to the model's size; `pixels` is (channels, rows, columns).
  func fit(_ picture: RasterImage, to pixels: inout MutableSpan<UInt8>) {
    precondition(
      pixels.count == imageShape.count, "\(pixels.count) bytes for \(imageShape.count) pixels")
    let fitted = fit(picture)
    let places = imageShape.rows * imageShape.columns
    for channel in 0..<imageShape.channels {
      for place in 0..<places {
        pixels[channel * places + place] = fitted.bytes[place * imageShape.channels + channel]
      }
    }
  }
}
