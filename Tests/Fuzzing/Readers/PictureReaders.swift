import Datasets
import Foundation
import Imaging

/// `ImageDecoder` with JPEG files: baseline, progressive, grey, CMYK, with EXIF and XMP.
struct JPEGReader: FuzzedReader {
  static let name = "jpeg"

  let seeds: [FuzzSeed]
  let words = ["Exif\0\0", "Adobe", "JFIF\0", "II*\0", "MM\0*", xmpNote]

  init(in folder: String) throws {
    var files = try [
      "baseline-420-75.jpg", "baseline-444-75.jpg", "progressive-422-75.jpg", "grey.jpg",
      "grey-progressive.jpg", "ycck.jpg", "cmyk.jpg", "turned-little.jpg", "turned-5.jpg",
      "restarts.jpg",
    ].map(pictureFixture)
    let note = Array("http://ns.adobe.com/xap/1.0/\0\(xmpNote)".utf8)
    files.append(try pictureFixture("grey.jpg"))
    files[files.count - 1].insert(
      contentsOf: [0xff, 0xe1, 0, UInt8(note.count + 2)] + note, at: 2)
    seeds = try files.map { try FuzzSeed($0, to: "\(folder)/picture.jpg") }
  }

  func read(_ seed: FuzzSeed) throws { try read(seed.bytes, of: seed) }

  func read(_ bytes: [UInt8], of seed: FuzzSeed) throws { try decodePicture(bytes, seed.path) }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}

/// `ImageDecoder` with WebP files: lossy and lossless, with and without transparency.
struct WebPReader: FuzzedReader {
  static let name = "webp"

  let seeds: [FuzzSeed]
  let words = ["VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "EXIF", "XMP ", xmpNote]

  init(in folder: String) throws {
    seeds = try [
      "lossy.webp", "lossless.webp", "alpha-lossy.webp", "alpha-lossless.webp", "turned-6.webp",
    ]
    .map { try FuzzSeed(pictureFixture($0), to: "\(folder)/picture.webp") }
  }

  /// The length of the whole file, which the first chunk has.
  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] {
    guard bytes.count >= 12 else { return bytes }
    let length = bytes.count - 8
    return bytes[..<4] + (0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + bytes[8...]
  }

  func read(_ seed: FuzzSeed) throws { try read(seed.bytes, of: seed) }

  func read(_ bytes: [UInt8], of seed: FuzzSeed) throws { try decodePicture(bytes, seed.path) }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}

/// What a reader looks for in XMP.
let xmpNote = "tiff:Orientation=\"6\""

/// Decodes a file in both numbers of channels, as it is and upright, and looks at the sizes.
func decodePicture(_ bytes: [UInt8], _ path: String) throws {
  let facts = try ImageDecoder.examine(bytes, at: FileLocation(path))
  for (channels, isUpright) in [(1, true), (3, false)] {
    let picture = try ImageDecoder(channels: channels, appliesOrientation: isUpright)
      .decode(bytes, at: FileLocation(path))
    let isTurned = isUpright && facts.orientation >= 5
    let size = isTurned ? (facts.columns, facts.rows) : (facts.rows, facts.columns)
    guard (picture.rows, picture.columns) == size, picture.channels == channels else {
      throw FuzzFinding(
        description: "\(picture.rows)×\(picture.columns)×\(picture.channels) for \(facts)")
    }
  }
}

/// A file that `make_pictures.py` wrote for the tests of the readers.
func pictureFixture(_ name: String) throws -> [UInt8] {
  let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  return try readBytes(of: tests.appending(path: "DatasetsTests/Fixtures/pictures/\(name)").path)
}
