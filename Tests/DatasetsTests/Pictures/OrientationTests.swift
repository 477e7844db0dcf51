import Digests
import Imaging
import TestSupport
import Testing

@testable import Datasets

/// Where the orientation of a picture may be noted, and which note counts.
///
/// Pixels are those that Pillow makes of `Fixtures/pictures/turned-*`; only the place of the note is another one here.
@Suite("Notes of a picture's orientation")
struct OrientationTests {
  /// The keyword of XMP in PNG.
  private static let xmpKeyword = Array("XML:com.adobe.xmp".utf8)

  /// XMP with one note, written in one of the two ways that there are.
  private static func xmp(_ orientation: Int, isElement: Bool = false) -> [UInt8] {
    let note = "tiff:Orientation"
    return Array(
      (isElement
        ? "<rdf:Description><\(note)>\(orientation)</\(note)></rdf:Description>"
        : "<rdf:Description tiff:Make=\"\(note)\" \(note)=\"\(orientation)\"/>").utf8)
  }

  /// The content of EXIF with these entries of 12 bytes.
  private static func tiff(_ entries: [[UInt8]]) -> [UInt8] {
    var bytes = Array("MM\0*\0\0\0\u{8}".utf8)
    bytes += [0, UInt8(entries.count)]
    for entry in entries { bytes += entry }
    return bytes + [0, 0, 0, 0]
  }

  private static func tiff(_ orientation: UInt8) -> [UInt8] {
    tiff([[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]])
  }

  private func segment(_ content: [UInt8]) -> [UInt8] {
    let length = content.count + 2
    return [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 0xff)] + content
  }

  private func xmpSegment(_ xmp: [UInt8]) -> [UInt8] {
    segment(Array("http://ns.adobe.com/xap/1.0/\0".utf8) + xmp)
  }

  /// A JPEG file in which these segments are in the place of EXIF.
  private func jpeg(_ name: String, _ segments: [UInt8]) throws -> [UInt8] {
    var bytes = try PictureFixture.bytes(name)
    let start = try #require(
      bytes.indices.dropLast(4).first { bytes[$0] == 0xff && bytes[$0 + 1] == 0xe1 })
    let end = start + 2 + Int(bytes[start + 2]) << 8 + Int(bytes[start + 3])
    try #require(bytes[(start + 4)..<end].starts(with: Array("Exif".utf8)))
    bytes.replaceSubrange(start..<end, with: segments)
    return bytes
  }

  /// A PNG file with a chunk behind the header, or at the end.
  private func png(_ chunk: [UInt8], isLate: Bool = false) throws -> [UInt8] {
    var bytes = try PictureFixture.bytes("rgb.png")
    bytes.insert(contentsOf: chunk, at: isLate ? bytes.count - 12 : 33)
    return bytes
  }

  /// A WebP file with these chunks behind the pixels, which `flags` of the extended header announce.
  private func webp(_ chunks: [(name: String, content: [UInt8])], flags: UInt8) throws -> [UInt8] {
    var bytes = try PictureFixture.bytes("turned-6.webp")
    let start = try #require(
      bytes.indices.dropLast(4).last { bytes[$0..<($0 + 4)].elementsEqual("EXIF".utf8) })
    bytes.removeSubrange(start...)
    bytes[20] = flags
    for (name, content) in chunks {
      bytes += Array(name.utf8) + littleEndianBytes(UInt32(content.count)) + content
      if content.count % 2 == 1 { bytes.append(0) }
    }
    bytes.replaceSubrange(4..<8, with: littleEndianBytes(UInt32(bytes.count - 8)))
    return bytes
  }

  private func orientation(_ bytes: [UInt8]) throws -> Int {
    try ImageDecoder.examine(bytes, at: FileLocation("picture")).orientation
  }

  private func uprightDigest(_ bytes: [UInt8]) throws -> String {
    let picture = try ImageDecoder(channels: 3, appliesOrientation: true)
      .decode(bytes, at: FileLocation("picture"))
    var digest = SHA256()
    digest.update(picture.bytes.span)
    return digest.hexadecimal
  }

  @Test("XMP in a JPEG file turns it as EXIF would, to Pillow's bytes", arguments: 1...8)
  func xmpInJPEG(orientation: Int) throws {
    let name = "turned-\(orientation).jpg"
    let expected = try #require(PictureFixture.all[name])
    for isElement in [false, true] {
      let bytes = try jpeg(name, xmpSegment(Self.xmp(orientation, isElement: isElement)))
      #expect(try self.orientation(bytes) == orientation)
      #expect(try uprightDigest(bytes) == expected.uprightSha256)
    }
  }

  @Test("XMP counts only where EXIF has no orientation, be it one that makes no sense")
  func order() throws {
    let xmp = xmpSegment(Self.xmp(6))
    func exif(_ tiff: [UInt8]) -> [UInt8] { segment(Array("Exif\0\0".utf8) + tiff) }
    let cases: [(tiff: [UInt8], expected: Int)] = [
      (Self.tiff(3), 3), (Self.tiff(1), 1), (Self.tiff(0), 1), (Self.tiff(9), 1),
      (Self.tiff([]), 6), (Self.tiff([[1, 0, 0, 3, 0, 0, 0, 1, 0, 3, 0, 0]]), 6),
      (Array(Self.tiff(3).prefix(17)), 6), (Array("MM".utf8), 6), ([], 6),
      (Array("Exif\0\0".utf8) + Self.tiff(3), 3),
    ]
    for (tiff, expected) in cases {
      #expect(try orientation(jpeg("turned-1.jpg", xmp + exif(tiff))) == expected)
      #expect(try orientation(jpeg("turned-1.jpg", exif(tiff) + xmp)) == expected)
    }
  }

  @Test("Of several parts of XMP in a JPEG file the last counts, and of several notes the first")
  func several() throws {
    let parts = xmpSegment(Self.xmp(6)) + xmpSegment(Self.xmp(8))
    #expect(try orientation(jpeg("turned-1.jpg", parts)) == 8)
    let notes = xmpSegment(Self.xmp(3, isElement: true) + Self.xmp(6))
    #expect(try orientation(jpeg("turned-1.jpg", notes)) == 3)
    // A segment of other content, and an extension of XMP, whose name is longer.
    let others =
      segment(Array("http://ns.adobe.com/xmp/extension/\0".utf8) + Self.xmp(6))
      + segment(Self.xmp(6))
    #expect(try orientation(jpeg("turned-1.jpg", others)) == 1)
  }

  @Test(
    "A note in XMP without a digit from 1 to 8 is none",
    arguments: ["=\"0\"", "=\"9\"", "=\"x\"", "='6'", " = \"6\"", ">x<", "", "=\""])
  func odd(ending: String) throws {
    let bytes = try jpeg("turned-1.jpg", xmpSegment(Array("<a tiff:Orientation\(ending)".utf8)))
    #expect(try orientation(bytes) == 1)
  }

  @Test("Each chunk of text in a PNG file may hold XMP, packed or not, before the pixels or after")
  func xmpInPNG() throws {
    let (keyword, xmp) = (Self.xmpKeyword + [0], Self.xmp(7))
    let chunks: [[UInt8]] = [
      pngChunk("iTXt", keyword + [0, 0, 0, 0] + xmp),
      pngChunk("iTXt", keyword + [0, 0] + Array("en\0XMP\0".utf8) + xmp),
      pngChunk("iTXt", keyword + [1, 0, 0, 0] + zlib(xmp)),
      pngChunk("tEXt", keyword + xmp), pngChunk("zTXt", keyword + [0] + zlib(xmp)),
    ]
    for chunk in chunks {
      #expect(try orientation(png(chunk)) == 7)
      #expect(try orientation(png(chunk, isLate: true)) == 7)
      #expect(try orientation(png(pngChunk("eXIf", Self.tiff(2)) + chunk)) == 2)
      #expect(try orientation(png(chunk + pngChunk("eXIf", Self.tiff(2)))) == 2)
    }
    let picture = try ImageDecoder(channels: 3).decode(png(chunks[0]), at: FileLocation("picture"))
    let upright = try ImageDecoder(channels: 3, appliesOrientation: true)
      .decode(png(chunks[0]), at: FileLocation("picture"))
    #expect(upright == picture.upright(from: 7) && upright.rows == picture.columns)
  }

  @Test("A chunk of text that is damaged, packed another way or too long holds nothing")
  func damagedText() throws {
    let (keyword, xmp) = (Self.xmpKeyword + [0], Self.xmp(7))
    let long = Self.xmp(7) + [UInt8](repeating: 0x20, count: 1 << 20)
    let chunks: [[UInt8]] = [
      pngChunk("iTXt", Self.xmpKeyword), pngChunk("iTXt", keyword + [1]),
      pngChunk("iTXt", keyword + [0, 0, 0] + xmp), pngChunk("iTXt", keyword + [1, 0, 0, 0] + xmp),
      pngChunk("iTXt", keyword + [1, 3, 0, 0] + zlib(xmp)), pngChunk("zTXt", keyword),
      pngChunk("zTXt", keyword + [0] + zlib(xmp).dropLast(6)),
      pngChunk("zTXt", keyword + [0] + zlib(long)), pngChunk("tEXt", [0x61] + keyword + xmp),
    ]
    for chunk in chunks {
      #expect(try orientation(png(chunk)) == 1)
    }
  }

  @Test("EXIF in a PNG file may be a text of hexadecimal digits, as ImageMagick wrote it")
  func profile() throws {
    let keyword = Array("Raw profile type exif\0".utf8)
    func text(_ bytes: [UInt8]) -> [UInt8] {
      let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      return Array("\nexif\n\(bytes.count)\n\(digits.prefix(20))\n\(digits.dropFirst(20))\n".utf8)
    }
    let exif = Array("Exif\0\0".utf8) + Self.tiff(5)
    let chunk = pngChunk("zTXt", keyword + [0] + zlib(text(exif)))
    #expect(try orientation(png(chunk)) == 5)
    #expect(try orientation(png(pngChunk("tEXt", keyword + text(exif)))) == 5)
    #expect(try orientation(png(chunk + pngChunk("eXIf", Self.tiff(2)))) == 2)
    #expect(try orientation(png(pngChunk("tEXt", keyword + text(exif).dropLast(2)))) == 1)
    #expect(try orientation(png(pngChunk("tEXt", keyword + Array("\nexif\n".utf8)))) == 1)
  }

  @Test("XMP in a WebP file turns it as EXIF would, where the header announces it")
  func xmpInWebP() throws {
    let expected = try #require(PictureFixture.all["turned-6.webp"])
    let xmp = (name: "XMP ", content: Self.xmp(6))
    let bytes = try webp([xmp], flags: 4)
    #expect(try orientation(bytes) == 6)
    #expect(try uprightDigest(bytes) == expected.uprightSha256)
    #expect(try orientation(webp([xmp], flags: 0)) == 1)
    let exif = (name: "EXIF", content: Self.tiff(3))
    #expect(try orientation(webp([exif, xmp], flags: 12)) == 3)
    #expect(try orientation(webp([exif, xmp], flags: 4)) == 6)
  }
}
