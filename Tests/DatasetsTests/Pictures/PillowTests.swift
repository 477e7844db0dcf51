import Digests
import Foundation
import Imaging
import Testing

@testable import Datasets

/// The files of `Fixtures/pictures`, which `make_pictures.py` wrote with what Pillow makes of them.
struct PictureFixture: Decodable {
  let rows: Int
  let columns: Int
  let rgbSha256: String
  let greySha256: String
  let uprightSha256: String

  private static let folder = Bundle.module.bundleURL.appending(path: "Fixtures/pictures")

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  static let all: [String: PictureFixture] = {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    do {
      return try decoder.decode(
        [String: PictureFixture].self,
        from: Data(contentsOf: folder.appending(path: "expected.json")))
    } catch {
      Issue.record("\(error)")
      return [:]
    }
  }()
}

@Suite("Pictures against Pillow")
struct PillowTests {
  private func digest(_ picture: RasterImage) -> String {
    var digest = SHA256()
    digest.update(picture.bytes.span)
    return digest.hexadecimal
  }

  @Test("Every kind of file gives Pillow's bytes", arguments: PictureFixture.all.keys.sorted())
  func bytes(name: String) throws {
    let expected = try #require(PictureFixture.all[name])
    let bytes = try PictureFixture.bytes(name)
    let colour = try ImageDecoder(channels: 3).decode(bytes, at: FileLocation(name))
    #expect(colour.rows == expected.rows && colour.columns == expected.columns)
    #expect(digest(colour) == expected.rgbSha256)
    let grey = try ImageDecoder(channels: 1).decode(bytes, at: FileLocation(name))
    #expect(digest(grey) == expected.greySha256)
    let upright = try ImageDecoder(channels: 3, appliesOrientation: true)
      .decode(bytes, at: FileLocation(name))
    #expect(digest(upright) == expected.uprightSha256)
  }

  @Test("There are fixtures of every kind")
  func fixtures() {
    #expect(PictureFixture.all.count >= 46)
  }

  @Test("The header says what a picture is")
  func facts() throws {
    func facts(_ name: String) throws -> PictureFacts {
      try ImageDecoder.examine(PictureFixture.bytes(name), at: FileLocation(name))
    }
    #expect(try facts("grey.jpg").colours == .grey)
    #expect(try facts("cmyk.jpg").colours == .cmyk)
    #expect(try facts("ycck.jpg").colours == .cmyk)
    #expect(try facts("turned-little.jpg").orientation == 6)
    #expect(try facts("turned-big.jpg").orientation == 3)
    for orientation in 1...8 {
      #expect(try facts("turned-\(orientation).jpg").orientation == orientation)
    }
    #expect(try facts("turned-0.jpg").orientation == 1)
    #expect(try facts("turned-long.jpg").orientation == 5)
    #expect(try facts("turned-8.png").orientation == 8)
    #expect(try facts("turned-late.png").orientation == 8)
    #expect(try facts("turned-6.webp").orientation == 6)
    #expect(try facts("baseline-444-95.jpg").orientation == 1)
    #expect(try facts("palette-4.png").colours == .palette)
    #expect(try facts("alpha.png").hasAlpha)
    #expect(try facts("alpha-lossy.webp").hasAlpha)
    #expect(try facts("lossless.webp") == facts("lossy.webp"))
  }

  @Test(
    "A picture that is cut off is refused, two bytes short too",
    arguments: PictureFixture.all.keys.sorted())
  func cut(name: String) throws {
    let bytes = try PictureFixture.bytes(name)
    // PNG's last chunk and check sums hold no pixels, and neither does EXIF behind them.
    let least = name.hasSuffix(".jpg") ? 2 : name.hasPrefix("turned-") ? 100 : 40
    for missing in [least, bytes.count / 3, bytes.count - 20] {
      expectError(.invalid, name, mentions: "not a whole") {
        _ = try ImageDecoder(channels: 3)
          .decode(Array(bytes.dropLast(missing)), at: FileLocation(name))
      }
    }
  }

  @Test("A size that the file does not justify is refused before memory is taken")
  func claims() throws {
    var jpeg = try PictureFixture.bytes("baseline-444-75.jpg")
    let frame = try #require(
      jpeg.indices.dropLast().first { jpeg[$0] == 0xff && jpeg[$0 + 1] == 0xc0 })
    jpeg.replaceSubrange((frame + 5)..<(frame + 9), with: [0xff, 0xdc, 0xff, 0xdc])
    expectError(.invalid, "big.jpg", mentions: "65500×65500", "decompression bomb") {
      _ = try ImageDecoder(channels: 3).decode(jpeg, at: FileLocation("big.jpg"))
    }
  }

  @Test("What is not a picture is named")
  func others() {
    for (bytes, word) in [
      (Array("GIF89a".utf8), "a GIF picture"), ([], "an empty file"),
      (Array("hello there\n".utf8), "text that begins"), ([1, 2, 3], "begins with the bytes"),
    ] {
      expectError(.invalid, "odd.jpg", mentions: word) {
        _ = try ImageDecoder(channels: 3).decode(bytes, at: FileLocation("odd.jpg"))
      }
    }
  }
}
