/// The orientation that a camera notes in the EXIF part of a picture, or a program in its XMP part.
///
/// As in Pillow XMP counts where EXIF has no orientation, not even one that makes no sense.
///
/// - Note: Sources: CIPA DC-008 (Exif 2.3), 4.6.4, tag 274; `tiff:Orientation` of the XMP Specification, Part 2; Pillow's
///   `Image.getexif`.
enum EXIFOrientation {
  private static let tag = 0x0112
  private static let xmpName = Array("tiff:Orientation".utf8)

  /// The orientation of a whole file, 1 to 8; 1, which is upright, where there is none.
  static func value(in bytes: [UInt8], _ format: PictureFormat) -> Int {
    let metadata = PictureMetadata(of: bytes, format)
    let noted =
      metadata.exif.flatMap { value(inEXIF: $0) } ?? metadata.xmp.flatMap { value(inXMP: $0) }
    guard let noted, (1...8).contains(noted) else { return 1 }
    return noted
  }

  /// A segment of a JPEG file that notes `orientation` and nothing else, to follow the file's first two bytes.
  static func segment(of orientation: Int) -> [UInt8] {
    let directory: [UInt8] =
      [0, 1] + [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, UInt8(orientation), 0, 0] + [0, 0, 0, 0]
    let content =
      PictureMetadata.exifPrefix + Array("MM\0*".utf8) + [0, 0, 0, 8] + directory
    return [0xff, 0xe1, 0, UInt8(content.count + 2)] + content
  }

  /// The orientation in the first directory of a TIFF file, which counts its offsets from its own start.
  private static func value(inEXIF exif: ArraySlice<UInt8>) -> Int? {
    var tiff = exif
    // Some programs write the prefix twice.
    for _ in 0..<2 where tiff.starts(with: PictureMetadata.exifPrefix) {
      tiff = tiff.dropFirst(PictureMetadata.exifPrefix.count)
    }
    let isLittle = tiff.starts(with: Array("II".utf8))
    guard isLittle || tiff.starts(with: Array("MM".utf8)) else { return nil }
    func field(at offset: Int, bytes count: Int) -> Int? {
      let start = tiff.startIndex + offset
      guard start + count <= tiff.endIndex else { return nil }
      let digits = tiff[start..<(start + count)]
      return isLittle ? PictureMetadata.number(digits.reversed()) : PictureMetadata.number(digits)
    }
    guard let directory = field(at: 4, bytes: 4), let count = field(at: directory, bytes: 2)
    else { return nil }
    for entry in 0..<count {
      let start = directory + 2 + 12 * entry
      guard let entryTag = field(at: start, bytes: 2), let type = field(at: start + 2, bytes: 2)
      else { return nil }
      // Some programs write 32 bits (type 4) in the place of 16.
      if entryTag == tag { return field(at: start + 8, bytes: type == 4 ? 4 : 2) }
    }
    return nil
  }

  /// The digit of the first note in XMP that has one, be it an attribute or an element.
  private static func value(inXMP text: ArraySlice<UInt8>) -> Int? {
    for start in text.indices where text[start...].starts(with: xmpName) {
      let rest = text[start...].dropFirst(xmpName.count)
      for mark in ["=\"", ">"] where rest.starts(with: mark.utf8) {
        let digit = rest.dropFirst(mark.utf8.count).first
        if let digit, (0x30...0x39).contains(digit) { return Int(digit) - 0x30 }
      }
    }
    return nil
  }
}
