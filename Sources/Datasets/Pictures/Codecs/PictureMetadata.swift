/// Metadata of a picture, which may say how the camera was held.
///
/// - Note: Sources: CIPA DC-008 (Exif 2.3), 4.7.2, for JPEG; for PNG the chunks `eXIf`, `tEXt`, `zTXt` and `iTXt` of its
///   third edition; for WebP the chunks `EXIF` and `XMP ` of RFC 9649; XMP Specification Part 3, 1.1. Where a file has
///   several of a kind, the one that Pillow takes is meant.
struct PictureMetadata {
  /// The content of EXIF: a TIFF file, with or without a prefix.
  private(set) var exif: ArraySlice<UInt8>?
  /// The content of XMP: a text in XML.
  private(set) var xmp: ArraySlice<UInt8>?

  /// What EXIF of a JPEG file begins with.
  static let exifPrefix = Array("Exif\0\0".utf8)
  private static let xmpPrefix = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
  private static let xmpKeyword = "XML:com.adobe.xmp"
  /// Where ImageMagick kept EXIF before PNG had a chunk for it.
  private static let profileKeyword = "Raw profile type exif"
  /// What a packed text may unpack to, as in Pillow.
  private static let maximumTextBytes = 1 << 20

  /// Looks through a whole file; what is damaged is skipped, or ends it.
  init(of bytes: [UInt8], _ format: PictureFormat) {
    switch format {
    case .jpeg: readJPEG(bytes)
    case .png: readPNG(bytes)
    case .webp: readWebP(bytes)
    }
  }

  /// Segments follow each other up to the first scan: a marker, and a length that counts itself.
  private mutating func readJPEG(_ bytes: [UInt8]) {
    var offset = 2
    while offset + 4 <= bytes.count, bytes[offset] == 0xff, bytes[offset + 1] != 0xda {
      // Any number of these bytes may precede a marker.
      if bytes[offset + 1] == 0xff {
        offset += 1
        continue
      }
      let length = Self.number(bytes[(offset + 2)..<(offset + 4)])
      let end = offset + 2 + length
      guard length >= 2, end <= bytes.count else { break }
      let content = bytes[(offset + 4)..<end]
      if bytes[offset + 1] == 0xe1 {
        if content.starts(with: Self.exifPrefix) {
          exif = exif ?? content
        } else if content.starts(with: Self.xmpPrefix) {
          xmp = content.dropFirst(Self.xmpPrefix.count)
        }
      }
      offset = end
    }
  }

  /// Chunks follow the signature: a length, a name, the content, a check sum.
  private mutating func readPNG(_ bytes: [UInt8]) {
    var profile: ArraySlice<UInt8>?
    var offset = 8
    while offset + 12 <= bytes.count {
      let length = Self.number(bytes[offset..<(offset + 4)])
      guard length <= bytes.count - offset - 12 else { break }
      let name = String(decoding: bytes[(offset + 4)..<(offset + 8)], as: UTF8.self)
      let content = bytes[(offset + 8)..<(offset + 8 + length)]
      if name == "eXIf" {
        exif = content
      } else if let text = Self.text(Self.xmpKeyword, in: content, of: name) {
        xmp = text
      } else if let text = Self.text(Self.profileKeyword, in: content, of: name) {
        profile = text
      }
      offset += 12 + length
    }
    exif = exif ?? profile.flatMap(Self.bytes(ofProfile:))
  }

  /// Only the extended form has other chunks than pixels, and flags say which are there.
  private mutating func readWebP(_ bytes: [UInt8]) {
    guard bytes.count > 20, bytes[12..<16].elementsEqual("VP8X".utf8) else { return }
    let (hasEXIF, hasXMP) = (bytes[20] & 8 != 0, bytes[20] & 4 != 0)
    var offset = 12
    while offset + 8 <= bytes.count {
      let length = Self.number(bytes[(offset + 4)..<(offset + 8)].reversed())
      guard length <= bytes.count - offset - 8 else { break }
      let content = bytes[(offset + 8)..<(offset + 8 + length)]
      switch String(decoding: bytes[offset..<(offset + 4)], as: UTF8.self) {
      case "EXIF" where hasEXIF: exif = exif ?? content
      case "XMP " where hasXMP: xmp = xmp ?? content
      default: break
      }
      // Chunks begin at even offsets.
      offset += 8 + length + length % 2
    }
  }

  /// The text of a PNG chunk if it has this keyword, unpacked; nil if the chunk holds another, none, or damage.
  private static func text(
    _ keyword: String, in content: ArraySlice<UInt8>, of chunk: String
  ) -> ArraySlice<UInt8>? {
    guard ["tEXt", "zTXt", "iTXt"].contains(chunk), let end = content.firstIndex(of: 0),
      content[..<end].elementsEqual(keyword.utf8)
    else { return nil }
    var rest = content[(end + 1)...]
    var method: UInt8?
    switch chunk {
    case "zTXt":
      guard let first = rest.popFirst() else { return nil }
      method = first
    case "iTXt":
      guard let flag = rest.popFirst(), let second = rest.popFirst() else { return nil }
      if flag != 0 { method = second }
      // The language, and the keyword in that language.
      let parts = rest.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      rest = parts[2]
    default: break
    }
    guard let method else { return rest }
    guard method == 0, let unpacked = unpackedZlib(rest, atMost: maximumTextBytes) else {
      return nil
    }
    return unpacked[...]
  }

  /// The content of a profile that is kept as text: an empty line, its kind, its length, then hexadecimal digits.
  private static func bytes(ofProfile text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var bytes: [UInt8] = []
    var high: Int?
    for line in text.split(separator: 0x0a, omittingEmptySubsequences: false).dropFirst(3) {
      for character in line where character != 0x20 && character != 0x0d {
        guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
        if let first = high {
          bytes.append(UInt8(16 * first + digit))
          high = nil
        } else {
          high = digit
        }
      }
    }
    return high == nil ? bytes[...] : nil
  }

  /// The number that the bytes are digits of, the highest first.
  static func number(_ digits: some Sequence<UInt8>) -> Int {
    digits.reduce(0) { $0 << 8 | Int($1) }
  }
}
