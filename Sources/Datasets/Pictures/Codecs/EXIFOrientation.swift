/// The orientation that a camera notes in the EXIF part of a picture.
///
/// - Note: Sources: CIPA DC-008 (Exif 2.3), 4.6.4, tag 274; for PNG the chunk `eXIf` of its third edition; for WebP
///   the chunk `EXIF` of RFC 9649. A note in XMP, which Pillow takes where there is no other, does not count.
enum EXIFOrientation {
  private static let tag = 0x0112
  private static let prefix = Array("Exif\0\0".utf8)

  /// The orientation of a whole file, 1 to 8; 1, which is upright, where there is none.
  static func value(in bytes: [UInt8], _ format: PictureFormat) -> Int {
    let exif =
      switch format {
      case .jpeg: exif(inJPEG: bytes)
      case .png: exif(inPNG: bytes)
      case .webp: exif(inWebP: bytes)
      }
    guard let exif else { return 1 }
    return value(inTIFF: exif.starts(with: prefix) ? exif.dropFirst(prefix.count) : exif)
  }

  /// A segment of a JPEG file that notes `orientation` and nothing else, to follow the file's first two bytes.
  static func segment(of orientation: Int) -> [UInt8] {
    let directory: [UInt8] =
      [0, 1] + [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0] + [0, 0, 0, 0]
    let content = prefix + Array("MM\0*".utf8) + [0, 0, 0, 8] + directory
    return [0xff, 0xe1, 0, UInt8(content.count + 2)] + content
  }

  /// Segments follow each other up to the first scan: a marker, and a length that counts itself.
  private static func exif(inJPEG bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var offset = 2
    while offset + 4 <= bytes.count, bytes[offset] == 0xff, bytes[offset + 1] != 0xda {
      // Any number of these bytes may stand before a marker.
      if bytes[offset + 1] == 0xff {
        offset += 1
        continue
      }
      let length = number(bytes[(offset + 2)..<(offset + 4)])
      let end = offset + 2 + length
      guard length >= 2, end <= bytes.count else { break }
      let content = bytes[(offset + 4)..<end]
      if bytes[offset + 1] == 0xe1, content.starts(with: prefix) { return content }
      offset = end
    }
    return nil
  }

  /// Chunks follow the signature: a length, a name, the content, a check sum.
  private static func exif(inPNG bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var offset = 8
    while offset + 12 <= bytes.count {
      let length = number(bytes[offset..<(offset + 4)])
      guard length <= bytes.count - offset - 12 else { break }
      let content = bytes[(offset + 8)..<(offset + 8 + length)]
      if bytes[(offset + 4)..<(offset + 8)].elementsEqual("eXIf".utf8) { return content }
      offset += 12 + length
    }
    return nil
  }

  /// Only the extended form has other chunks than pixels, and a flag says that this one is there.
  private static func exif(inWebP bytes: [UInt8]) -> ArraySlice<UInt8>? {
    guard bytes.count > 20, bytes[12..<16].elementsEqual("VP8X".utf8), bytes[20] & 8 != 0 else {
      return nil
    }
    var offset = 12
    while offset + 8 <= bytes.count {
      let length = number(bytes[(offset + 4)..<(offset + 8)].reversed())
      guard length <= bytes.count - offset - 8 else { break }
      let content = bytes[(offset + 8)..<(offset + 8 + length)]
      if bytes[offset..<(offset + 4)].elementsEqual("EXIF".utf8) { return content }
      // Chunks begin at even offsets.
      offset += 8 + length + length % 2
    }
    return nil
  }

  /// The orientation in the first directory of `tiff`, which counts its offsets from its own start.
  private static func value(inTIFF tiff: ArraySlice<UInt8>) -> Int {
    let isLittle = tiff.starts(with: Array("II".utf8))
    guard isLittle || tiff.starts(with: Array("MM".utf8)) else { return 1 }
    func field(at offset: Int, bytes count: Int) -> Int? {
      let start = tiff.startIndex + offset
      guard start + count <= tiff.endIndex else { return nil }
      let digits = tiff[start..<(start + count)]
      return isLittle ? number(digits.reversed()) : number(digits)
    }
    guard let directory = field(at: 4, bytes: 4), let count = field(at: directory, bytes: 2)
    else { return 1 }
    for entry in 0..<count {
      let start = directory + 2 + 12 * entry
      guard let entryTag = field(at: start, bytes: 2), let type = field(at: start + 2, bytes: 2)
      else { return 1 }
      guard entryTag == tag else { continue }
      // Some programs write 32 bits (type 4) in the place of 16.
      let value = field(at: start + 8, bytes: type == 4 ? 4 : 2) ?? 1
      return (1...8).contains(value) ? value : 1
    }
    return 1
  }

  /// The number that the bytes are digits of, the highest first.
  private static func number(_ digits: some Sequence<UInt8>) -> Int {
    digits.reduce(0) { $0 << 8 | Int($1) }
  }
}
