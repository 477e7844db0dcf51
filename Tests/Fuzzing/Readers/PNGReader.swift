import Datasets
import TestSupport

/// `ImageDecoder` with PNG files of all colour types.
struct PNGReader: FuzzedReader {
  static let name = "png"

  private static let size = 8

  let seeds: [FuzzSeed]
  let words = [
    "IDAT", "IEND", "PLTE", "tRNS", "iCCP", "tEXt", "zTXt", "iTXt", "gAMA", "eXIf",
    "XML:com.adobe.xmp\0", "Raw profile type exif\0", xmpNote,
  ]

  init(in folder: String) throws {
    func rows(bytes: Int) -> [[UInt8]] {
      (0..<Self.size).map { row in (0..<bytes).map { UInt8((row * 31 + $0 * 7) % 251) } }
    }
    let files = [
      png(columns: Self.size, colourType: 0, rows: rows(bytes: 8)),
      png(columns: Self.size, colourType: 0, depth: 1, rows: rows(bytes: 1)),
      png(columns: Self.size, colourType: 2, depth: 16, rows: rows(bytes: 48)),
      png(
        columns: Self.size, colourType: 3, depth: 2, palette: Array(1...12), rows: rows(bytes: 2)),
      png(columns: Self.size, colourType: 6, rows: rows(bytes: 32)),
    ]
    let turned = try pictureFixture("turned-8.png")
    let keyword = Array("XML:com.adobe.xmp\0".utf8)
    let note = Array(xmpNote.utf8)
    let texts: [[UInt8]] = [[0, 0, 0, 0] + note, [1, 0, 0, 0] + zlib(note)]
    let noted = texts.map { text in
      var file = files[0]
      file.insert(contentsOf: pngChunk("iTXt", keyword + text), at: 33)
      return file
    }
    seeds = try (files + noted + [turned]).map { try FuzzSeed($0, to: "\(folder)/picture.png") }
  }

  /// The checksums of all chunks that are whole.
  func mend(_ bytes: [UInt8], of seed: FuzzSeed) -> [UInt8] {
    var mended = Array(bytes.prefix(8))
    var rest = bytes.dropFirst(8)
    while rest.count >= 12 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard length <= rest.count - 12 else { break }
      let checked = Array(rest.dropFirst(4).prefix(4 + length))
      mended += rest.prefix(4) + checked + IDXBytes.bigEndian(Int(crc32(checked)))
      rest = rest.dropFirst(12 + length)
    }
    return mended + rest
  }

  func read(_ seed: FuzzSeed) throws { try read(seed.bytes, of: seed) }

  func read(_ bytes: [UInt8], of seed: FuzzSeed) throws { try decodePicture(bytes, seed.path) }

  func isRefusal(_ error: any Error) -> Bool { isDatasetRefusal(error) }
}
