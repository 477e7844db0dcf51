/// The orientation that a camera notes in the EXIF part of a JPEG file.
///
/// - Note: Source: CIPA DC-008 (Exif 2.3), 4.6.4, tag 274.
enum EXIFOrientation {
  private static let tag = 0x0112

  /// The orientation of a JPEG file, 1 to 8; 1, which is upright, where there is none.
  static func value(inJPEG bytes: [UInt8]) -> Int {
    var offset = 2
    // Segments follow each other up to the first scan: a marker, and a length that counts itself.
    while offset + 4 <= bytes.count, bytes[offset] == 0xff, bytes[offset + 1] != 0xda {
      let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
      let end = offset + 2 + length
      guard length >= 2, end <= bytes.count else { break }
      if bytes[offset + 1] == 0xe1, bytes[(offset + 4)..<end].starts(with: Array("Exif\0\0".utf8)) {
        return value(inTIFF: bytes[(offset + 10)..<end])
      }
      offset = end
    }
    return 1
  }

  /// The orientation in the first directory of `tiff`, which counts its offsets from its own start.
  private static func value(inTIFF tiff: ArraySlice<UInt8>) -> Int {
    let isLittle = tiff.starts(with: Array("II".utf8))
    guard isLittle || tiff.starts(with: Array("MM".utf8)) else { return 1 }
    func number(at offset: Int, bytes count: Int) -> Int? {
      let start = tiff.startIndex + offset
      guard offset >= 0, start + count <= tiff.endIndex else { return nil }
      let digits = tiff[start..<(start + count)]
      return isLittle
        ? digits.reversed().reduce(0) { $0 << 8 | Int($1) } : digits.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(at: 4, bytes: 4), let count = number(at: directory, bytes: 2)
    else { return 1 }
    for entry in 0..<count {
      let start = directory + 2 + 12 * entry
      guard let entryTag = number(at: start, bytes: 2) else { return 1 }
      if entryTag == tag, let value = number(at: start + 8, bytes: 2), (1...8).contains(value) {
        return value
      }
    }
    return 1
  }
}
