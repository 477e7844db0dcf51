public import Imaging

/// Decodes pictures in the format of their content: JPEG, PNG or WebP.
///
/// The bytes are those of Pillow's `convert("RGB")` or `convert("L")`: transparency is dropped without
/// blending, palettes are looked up, inks are inverted as Adobe stores them, colour profiles are ignored. Of
/// 16 bits the upper eight are kept, where Pillow makes grey above 255 white. The orientation of EXIF is
/// ignored too, unless it is asked for: then the bytes are those after Pillow's `exif_transpose`.
public struct ImageDecoder: Sendable, Equatable {
  /// The channels of the pictures that it returns: 1 for grey, 3 for colour.
  public let channels: Int

  /// Whether pictures are turned and mirrored as EXIF says.
  public let appliesOrientation: Bool

  /// A decoder to pictures of `channels` channels, 1 or 3.
  public init(channels: Int, appliesOrientation: Bool = false) {
    precondition(channels == 1 || channels == 3, "a picture of \(channels) channels")
    self.channels = channels
    self.appliesOrientation = appliesOrientation
  }

  /// Decodes one picture.
  ///
  /// Grey is repeated in three channels. Colour becomes grey by Pillow's luma.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - location: what the file is called in errors.
  /// - Throws: ``DatasetError`` for another format, and for a file that is cut off, damaged or
  ///   larger than ``PictureFacts`` allows.
  /// - Returns: (rows, columns, channels) bytes.
  public func decode(
    _ bytes: [UInt8], at location: FileLocation
  ) throws(DatasetError) -> RasterImage {
    let format = try Self.format(of: bytes, at: location)
    let picture =
      switch format {
      case .jpeg: try JPEGDecoder(location).decode(bytes)
      case .png: try PNGDecoder(location, bytes).decode()
      case .webp: try WebPDecoder(location).decode(bytes)
      }
    let upright =
      appliesOrientation
      ? picture.upright(from: EXIFOrientation.value(in: bytes, format)) : picture
    return upright.withChannels(channels)
  }

  /// Reads the header of one picture.
  ///
  /// - Throws: ``DatasetError`` as ``decode(_:at:)``, but for faults behind the header.
  public static func examine(
    _ bytes: [UInt8], at location: FileLocation
  ) throws(DatasetError) -> PictureFacts {
    let format = try format(of: bytes, at: location)
    var facts =
      switch format {
      case .jpeg: try JPEGDecoder(location).facts(of: bytes)
      case .png: try PNGDecoder(location, bytes).facts()
      case .webp: try WebPDecoder(location).facts(of: bytes)
      }
    facts.orientation = EXIFOrientation.value(in: bytes, format)
    return facts
  }

  /// The format of a file by its first bytes.
  ///
  /// - Throws: ``DatasetError`` that says what the file is where it is none that is read.
  static func format(
    of bytes: [UInt8], at location: FileLocation
  ) throws(DatasetError) -> PictureFormat {
    guard let format = PictureFormat(of: bytes) else { throw .noPicture(bytes, at: location) }
    return format
  }
}

extension RasterImage {
  /// The same picture in 1 or 3 channels.
  ///
  /// Colour becomes grey by the luma of ITU-R BT.601 as Pillow computes it:
  /// (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶, rounded down.
  func withChannels(_ count: Int) -> RasterImage {
    guard count != channels else { return self }
    var converted = [UInt8](repeating: 0, count: rows * columns * count)
    for pixel in 0..<(rows * columns) {
      if count == 3 {
        for channel in 0..<3 { converted[3 * pixel + channel] = bytes[pixel] }
      } else {
        let (red, green, blue) = (
          Int(bytes[3 * pixel]), Int(bytes[3 * pixel + 1]), Int(bytes[3 * pixel + 2])
        )
        converted[pixel] = UInt8((19_595 * red + 38_470 * green + 7_471 * blue + 32_768) >> 16)
      }
    }
    return RasterImage(rows: rows, columns: columns, channels: count, bytes: converted)
  }
}
