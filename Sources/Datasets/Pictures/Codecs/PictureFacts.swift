import Files

/// A format of single pictures that the program reads.
public enum PictureFormat: String, Sendable, CaseIterable, Codable {
  case jpeg = "JPEG"
  case png = "PNG"
  case webp = "WebP"

  /// The bytes from the front of a file that are enough to tell.
  static let prefixBytes = 12

  /// The format of a file by its first bytes, regardless of its name; nil if it is none of these.
  public init?(of prefix: some Collection<UInt8>) {
    if prefix.starts(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if prefix.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      self = .png
    } else if prefix.starts(with: Array("RIFF".utf8)),
      prefix.dropFirst(8).starts(with: Array("WEBP".utf8))
    {
      self = .webp
    } else {
      return nil
    }
  }

  /// Whether a file of this format usually has such a name.
  public func isUsual(for name: String) -> Bool {
    let suffix = name.split(separator: ".").last?.lowercased() ?? ""
    switch self {
    case .jpeg: return ["jpg", "jpeg", "jpe", "jfif"].contains(suffix)
    case .png, .webp: return suffix == rawValue.lowercased()
    }
  }
}

/// What the header of a picture says, before anything is decoded.
public struct PictureFacts: Sendable, Equatable {
  /// How the colours are stored.
  public enum Colours: Sendable, Equatable {
    case grey
    /// Red, green and blue, or what is turned into them by a fixed formula.
    case rgb
    case palette
    /// Four inks, as printers take them.
    case cmyk
  }

  /// What the content is, regardless of the name.
  public let format: PictureFormat
  /// The height in pixels.
  public let rows: Int
  /// The width in pixels.
  public let columns: Int
  /// How the colours are stored.
  public let colours: Colours
  /// Whether pixels have a transparency, which is dropped.
  public var hasAlpha = false
  /// Whether a channel has 16 bits; the upper eight are kept.
  public var isDeep = false
  /// The orientation that EXIF or XMP gives, 1 to 8; 1 is upright.
  public var orientation = 1

  init(format: PictureFormat, rows: Int, columns: Int, colours: Colours) {
    self.format = format
    self.rows = rows
    self.columns = columns
    self.colours = colours
  }

  /// The most pixels of a picture, as in Pillow: a decoder must not be made to take all memory.
  static let maximumPixels = 178_956_970

  /// The most bytes of a file: more than that many pixels take without compression.
  static let maximumBytes = 1 << 31

  /// The most pixels of a picture in a file of `bytes` bytes.
  ///
  /// Huffman codes of JPEG cannot say more than 512 pixels a byte. What is smaller than 2²¹ pixels
  /// does no harm.
  static func maximumPixels(inBytes bytes: Int) -> Int {
    min(maximumPixels, 1 << 21 + 1024 * bytes)
  }

  /// Checks the size against what the file's `bytes` justify, before memory is taken.
  func checkSize(bytes: Int, at location: FileLocation) throws(DatasetError) {
    guard rows > 0 && columns > 0 else {
      throw DatasetError(.invalid, location, "a \(format.rawValue) picture without pixels")
    }
    let (pixels, overflows) = rows.multipliedReportingOverflow(by: columns)
    guard !overflows && pixels <= Self.maximumPixels(inBytes: bytes) else {
      throw DatasetError(
        .invalid, location,
        "claims \(rows)×\(columns) pixels in \(bytes) bytes, like a decompression bomb; "
          + "scale it down, or save it as JPEG")
    }
  }
}

extension DatasetError {
  /// The message about a file that is not a picture: what it is instead, if its first bytes show it.
  static func noPicture(_ bytes: [UInt8], at location: FileLocation) -> DatasetError {
    let wanted = "a JPEG, PNG or WebP picture"
    let advice = "convert it, or move it away"
    let prefix = bytes.prefix(FileKind.prefixBytes)
    guard let kind = FileKind(of: prefix) else {
      return DatasetError(
        .invalid, location, "\(FileKind.clause(about: prefix)), which is not \(wanted); \(advice)")
    }
    return DatasetError(.invalid, location, kind.insteadOf(wanted, advice: advice))
  }

  /// The message about a picture that a decoder gives up.
  static func damagedPicture(
    _ format: PictureFormat, _ reason: String, at location: FileLocation
  ) -> DatasetError {
    DatasetError(
      .invalid, location,
      "not a whole \(format.rawValue) file (\(reason)); convert or copy it again")
  }
}
