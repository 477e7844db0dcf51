import Foundation
import TestSupport

/// A file that is no whole picture, and what `predict` says of it: a row of `docs/operations/errors.md`.
struct BadPicture: Sendable {
  /// What is wrong.
  let name: String
  /// What the file is called.
  let file: String
  /// Words of the line.
  let word: String
  /// What is in it.
  let bytes: @Sendable () throws -> [UInt8]

  init(
    _ name: String, _ file: String, _ word: String,
    _ bytes: @escaping @Sendable () throws -> [UInt8]
  ) {
    self.name = name
    self.file = file
    self.word = word
    self.bytes = bytes
  }

  static let all = jpeg + png + webp + others

  static let jpeg = [
    BadPicture("a JPEG file without its last two bytes", "short.jpg", "Premature end") {
      try fixture("baseline-420-75.jpg").dropLast(2)
    },
    BadPicture("a JPEG file of which half is there", "half.jpg", "Premature end") {
      try Array(fixture("baseline-444-95.jpg").prefix(1_500))
    },
    BadPicture(
      "a progressive JPEG file of which half is there", "half-progressive.jpg", "Premature"
    ) {
      try Array(fixture("progressive-444-95.jpg").prefix(1_200))
    },
    BadPicture("a JPEG file that ends inside its header", "header.jpg", "not a whole JPEG") {
      try Array(fixture("grey.jpg").prefix(40))
    },
    BadPicture("a JPEG file of three bytes", "three.jpg", "not a whole JPEG") {
      [0xff, 0xd8, 0xff]
    },
    BadPicture("a JPEG file whose end was overwritten by zeros", "zeros.jpg", "not a whole JPEG") {
      try fixture("baseline-444-75.jpg").prefix(700) + [UInt8](repeating: 0, count: 500)
    },
    BadPicture("a JPEG file that claims 65500 × 65500 pixels", "bomb.jpg", "65500×65500") {
      try frame(of: "baseline-444-75.jpg") {
        $0.replaceSubrange(3..<7, with: [0xff, 0xdc, 0xff, 0xdc])
      }
    },
    BadPicture("a JPEG file of 12 bits", "deep.jpg", "precision 12") {
      try frame(of: "baseline-444-75.jpg") { $0[2] = 12 }
    },
    BadPicture("a JPEG file without a height", "flat.jpg", "not a whole JPEG") {
      try frame(of: "baseline-444-75.jpg") { $0.replaceSubrange(3..<5, with: [0, 0]) }
    },
    BadPicture("a JPEG file of 600 scans", "scans.jpg", "not a whole JPEG") {
      let whole = try fixture("grey-progressive.jpg")
      guard
        let scan = (0..<whole.count - 1).last(where: { whole[$0] == 0xff && whole[$0 + 1] == 0xda })
      else { return [] }
      let last = whole[scan..<whole.count - 2]
      return whole[..<scan] + (0..<600).flatMap { _ in last } + [0xff, 0xd9]
    },
    BadPicture("a lossless JPEG file", "lossless.jpg", "not a whole JPEG") {
      try frame(of: "baseline-444-75.jpg", marker: 0xc3) { _ in }
    },
    BadPicture("a JPEG file whose chroma has no size", "sampling.jpg", "not a whole JPEG") {
      try frame(of: "baseline-444-75.jpg") { $0[9] = 0 }
    },
    BadPicture("a JPEG file of five colours", "colours.jpg", "not a whole JPEG") {
      try frame(of: "baseline-444-75.jpg") { $0[7] = 5 }
    },
    BadPicture("a JPEG file without its tables of quantisation", "tables.jpg", "not a whole JPEG") {
      try without(0xdb, in: "baseline-444-75.jpg")
    },
    BadPicture("a JPEG file with a table of codes that are none", "codes.jpg", "not a whole JPEG") {
      var bytes = try fixture("baseline-444-75.jpg")
      guard let table = marker(0xc4, in: bytes) else { return [] }
      bytes.replaceSubrange((table + 5)..<(table + 9), with: [255, 255, 255, 255])
      return bytes
    },
    BadPicture("a JPEG file that has tables and no picture", "abbreviated.jpg", "it has no picture")
    {
      let bytes = try fixture("baseline-444-75.jpg")
      return Array(bytes.prefix(marker(0xc0, in: bytes) ?? 0)) + [0xff, 0xd9]
    },
  ]

  static let png = [
    BadPicture("a PNG file that was cut off", "short.png", "not a whole PNG") {
      try fixture("rgb.png").dropLast(300)
    },
    BadPicture("a PNG file with a changed byte", "flipped.png", "not a whole PNG") {
      var bytes = try fixture("rgb.png")
      bytes[bytes.count / 2] ^= 1
      return bytes
    },
    BadPicture("a PNG file that claims 50000 × 50000 pixels", "bomb.png", "50000×50000") {
      pngOfSize(50_000)
    },
    BadPicture("a PNG file without pixels", "empty.png", "not a whole PNG") { pngOfSize(0) },
    BadPicture("a PNG file without its palette", "palette.png", "not a whole PNG") {
      TestSupport.png(columns: 4, colourType: 3, rows: [[0, 1, 2, 3]])
    },
    BadPicture("a PNG file without data", "header.png", "not a whole PNG") {
      try Array(fixture("rgb.png").prefix(33))
    },
    BadPicture("a PNG file of three bits", "bits.png", "not a whole PNG") {
      TestSupport.png(columns: 4, colourType: 0, depth: 3, rows: [[1, 2]])
    },
    BadPicture("a PNG file of an unknown colour type", "type.png", "not a whole PNG") {
      TestSupport.png(columns: 4, colourType: 5, rows: [[1, 2, 3, 4]])
    },
    BadPicture("a PNG file whose header has a wrong check sum", "sum.png", "not a whole PNG") {
      var bytes = try fixture("rgb.png")
      bytes[29] ^= 1
      return bytes
    },
    BadPicture("a PNG file whose data are not compressed data", "data.png", "not a whole PNG") {
      pngWith([("IDAT", Array("these are no data".utf8))])
    },
    BadPicture("a PNG file with too few lines", "lines.png", "not a whole PNG") {
      pngWith([("IDAT", zlib([0, 1, 2, 3]))])
    },
    BadPicture(
      "a PNG file with a chunk that must be known and is not", "chunk.png", "not a whole PNG"
    ) {
      pngWith([("ABCD", [1, 2, 3]), ("IDAT", zlib(Array(repeating: 0, count: 13 * 4)))])
    },
    BadPicture("a PNG file with a chunk of 2 GB", "long.png", "not a whole PNG") {
      var bytes = try fixture("rgb.png")
      bytes.replaceSubrange(33..<37, with: [0x7f, 0xff, 0xff, 0xff])
      return bytes
    },
  ]

  static let webp = [
    BadPicture("a lossy WebP file that was cut off", "short.webp", "not a whole WebP") {
      try fixture("lossy.webp").dropLast(100)
    },
    BadPicture("a lossless WebP file that was cut off", "lossless.webp", "not a whole WebP") {
      try fixture("lossless.webp").dropLast(100)
    },
    BadPicture("a WebP file that ends inside its header", "header.webp", "ends inside the header") {
      try Array(fixture("lossy.webp").prefix(18))
    },
    BadPicture("an animation in WebP", "film.webp", "an animation") {
      // The flag of the extended header, then a canvas of 1 × 1.
      Array("RIFF".utf8) + [22, 0, 0, 0] + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 2]
        + [UInt8](repeating: 0, count: 9)
    },
    BadPicture(
      "a WebP file of which only the container is there", "container.webp", "not a whole WebP"
    ) {
      Array("RIFF".utf8) + [4, 0, 0, 0] + Array("WEBP".utf8)
    },
    BadPicture("a lossy WebP file that begins amid a film", "frame.webp", "not a whole WebP") {
      var bytes = try fixture("lossy.webp")
      bytes[20] |= 1
      return bytes
    },
    BadPicture(
      "a lossless WebP file of a version that is not known", "version.webp", "not a whole WebP"
    ) {
      var bytes = try fixture("lossless.webp")
      bytes[24] |= 0xe0
      return bytes
    },
    BadPicture("a WebP file that claims 16384 × 16384 pixels", "bomb.webp", "16384×16384") {
      var bytes = try fixture("lossless.webp")
      bytes.replaceSubrange(21..<24, with: [255, 255, 255])
      bytes[24] |= 0x0f
      return bytes
    },
  ]

  static let others = [
    BadPicture("an empty file", "nothing.jpg", "an empty file") { [] },
    BadPicture("a text", "notes.jpg", "text that begins") { Array("what I saw\n".utf8) },
    BadPicture("a web page in place of a picture", "page.jpg", "an HTML page") {
      Array("<!DOCTYPE html><html>Not found</html>".utf8)
    },
    BadPicture("a pointer of Git LFS in place of a picture", "lfs.jpg", "a Git LFS pointer") {
      Array("version https://git-lfs.github.com/spec/v1\noid sha256:4d\n".utf8)
    },
    BadPicture("a GIF", "film.gif", "a GIF picture") { Array("GIF89a and so on".utf8) },
    BadPicture("a TIFF", "scan.tif", "a TIFF picture") { [0x49, 0x49, 0x2a, 0, 8, 0, 0, 0] },
    BadPicture("a BMP called .jpg", "paint.jpg", "a BMP picture") {
      Array("BM".utf8) + [70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0]
        + .init(repeating: 7, count: 52)
    },
    BadPicture("a photo of an iPhone", "photo.heic", "a HEIC picture") {
      box("ftypheic\0\0\0\0mif1heic")
    },
    BadPicture("an AVIF called .jpg", "web.jpg", "an AVIF picture") {
      box("ftypavif\0\0\0\0mif1avif")
    },
    BadPicture("a film", "film.mp4", "a film") {
      box("ftypisom\0\0\u{2}\0isommp41")
    },
    BadPicture("a JPEG 2000", "scan.jp2", "a JPEG 2000 picture") {
      [0, 0, 0, 12] + Array("jP  \r\n\u{7f}\n\0\0".utf8)
    },
    BadPicture("a drawing", "logo.svg", "an SVG drawing") {
      Array("<?xml version=\"1.0\"?>\n<svg width=\"8\" height=\"8\"/>\n".utf8)
    },
    BadPicture("a PDF", "page.pdf", "a PDF document") { Array("%PDF-1.7\n".utf8) },
    BadPicture("a zip archive", "photos.zip", "a zip archive") {
      Array("PK\u{3}\u{4}\u{14}".utf8) + [UInt8](repeating: 0, count: 60)
    },
    BadPicture("zeros, as of a download that was not finished", "download.jpg", "zeros") {
      [UInt8](repeating: 0, count: 2_000)
    },
  ]

  /// A file of the fixtures of the readers.
  private static func fixture(_ name: String) throws -> [UInt8] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return Array(
      try Data(contentsOf: tests.appending(path: "DatasetsTests/Fixtures/pictures/\(name)")))
  }

  /// A JPEG file whose frame was changed: length, precision, rows, columns from byte 0 on.
  private static func frame(
    of name: String, marker: UInt8 = 0xc0, _ change: (inout [UInt8]) -> Void
  ) throws -> [UInt8] {
    let whole = try fixture(name)
    guard let start = Self.marker(0xc0, in: whole) else { return [] }
    // Length, precision, rows, columns, the number of colours; of the first its number, sampling and table.
    var frame = Array(whole[(start + 2)..<(start + 13)])
    change(&frame)
    return whole[..<start] + [0xff, marker] + frame + whole[(start + 13)...]
  }

  /// Where a marker of a JPEG file stands first.
  private static func marker(_ code: UInt8, in bytes: [UInt8]) -> Int? {
    (0..<bytes.count - 1).first { bytes[$0] == 0xff && bytes[$0 + 1] == code }
  }

  /// A JPEG file without its segments of one kind.
  private static func without(_ code: UInt8, in name: String) throws -> [UInt8] {
    var bytes = try fixture(name)
    while let start = marker(code, in: bytes) {
      let length = Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])
      bytes.removeSubrange(start..<(start + 2 + length))
    }
    return bytes
  }

  /// What begins with a box of the ISO: a length, then its name and content.
  private static func box(_ text: String) -> [UInt8] { [0, 0, 0, 24] + Array(text.utf8) }

  /// A PNG file of 4 × 4 colours with these chunks between its header and its end.
  private static func pngWith(_ chunks: [(name: String, content: [UInt8])]) -> [UInt8] {
    let header = IDXBytes.bigEndian(4) + IDXBytes.bigEndian(4) + [8, 2, 0, 0, 0]
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + pngChunk("IHDR", header)
      + chunks.flatMap { pngChunk($0.name, $0.content) } + pngChunk("IEND", [])
  }

  /// A PNG file that claims to have this many rows and columns.
  private static func pngOfSize(_ side: Int) -> [UInt8] {
    let header = IDXBytes.bigEndian(side) + IDXBytes.bigEndian(side) + [8, 2, 0, 0, 0]
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] + pngChunk("IHDR", header)
      + pngChunk("IDAT", [0x78, 0x9c, 3, 0, 0, 0, 0, 1]) + pngChunk("IEND", [])
  }
}
