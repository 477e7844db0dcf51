import Datasets
import TestSupport
import Testing

@Suite("PNG files")
struct PNGTests {
  private let folder: TemporaryFolder
  private let grey = ImageShape(channels: 1, rows: 2, columns: 3)
  private let colour = ImageShape(channels: 3, rows: 2, columns: 3)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func read(_ bytes: [UInt8], _ shape: ImageShape) throws -> [UInt8] {
    try PNGImage(contentsOf: folder.write(bytes, to: "p.png"), imageShape: shape).pixels
  }

  @Test("Grey of 1, 8 and 16 bits, with and without transparency")
  func greyFiles() throws {
    let rows: [[UInt8]] = [[1, 2, 3], [40, 50, 255]]
    let pixels = rows.flatMap { $0 }
    #expect(try read(png(columns: 3, colourType: 0, rows: rows), grey) == pixels)
    #expect(
      try read(png(columns: 3, colourType: 0, rows: rows), colour) == pixels + pixels + pixels)
    let deep = rows.map { row in row.flatMap { [$0, UInt8(7)] } }
    #expect(try read(png(columns: 3, colourType: 0, depth: 16, rows: deep), grey) == pixels)
    let transparent = rows.map { row in row.flatMap { [$0, UInt8(128)] } }
    #expect(try read(png(columns: 3, colourType: 4, rows: transparent), grey) == pixels)
    let bits = png(columns: 3, colourType: 0, depth: 1, rows: [[0b1010_0000], [0b0110_0000]])
    #expect(try read(bits, grey) == [255, 0, 255, 0, 255, 255])
  }

  @Test("Colour of 8 and 16 bits, with transparency, and by a palette")
  func colourFiles() throws {
    let rows: [[UInt8]] = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [255, 0, 0, 0, 255, 0, 0, 0, 255]]
    let planes: [UInt8] = [1, 4, 7, 255, 0, 0, 2, 5, 8, 0, 255, 0, 3, 6, 9, 0, 0, 255]
    #expect(try read(png(columns: 3, colourType: 2, rows: rows), colour) == planes)
    let deep = rows.map { row in row.flatMap { [$0, UInt8(9)] } }
    #expect(try read(png(columns: 3, colourType: 2, depth: 16, rows: deep), colour) == planes)
    let transparent = rows.map { row in
      [0, 3, 6].flatMap { pixel in row[pixel..<(pixel + 3)] + [UInt8(128)] }
    }
    #expect(try read(png(columns: 3, colourType: 6, rows: transparent), colour) == planes)
    let palette = png(
      columns: 3, colourType: 3, palette: rows.flatMap { $0 }, rows: [[0, 1, 2], [3, 4, 5]])
    #expect(try read(palette, colour) == planes)
  }

  @Test("Colour becomes grey by its luma")
  func luma() throws {
    let rows: [[UInt8]] = [[255, 0, 0, 0, 255, 0, 0, 0, 255], [255, 255, 255, 0, 0, 0, 9, 9, 9]]
    #expect(
      try read(png(columns: 3, colourType: 2, rows: rows), grey) == [76, 150, 29, 255, 0, 9])
  }

  @Test("Another size is refused with both sizes")
  func size() throws {
    let path = try folder.write(
      png(columns: 4, colourType: 0, rows: [[1, 2, 3, 4]]), to: "p.png")
    expectError(.invalid, path, offset: 16, mentions: "1×4", "2×3") {
      _ = try PNGImage(contentsOf: path, imageShape: grey)
    }
  }

  @Test("Damage is refused: a wrong signature, a cut, a changed byte", arguments: 0...3)
  func damage(kind: Int) throws {
    var bytes = png(columns: 3, colourType: 0, rows: [[1, 2, 3], [4, 5, 6]])
    switch kind {
    case 0: bytes[0] = 0
    case 1: bytes.removeLast(30)
    case 2: bytes[50] ^= 1
    default: bytes = []
    }
    let path = try folder.write(bytes, to: "p.png")
    expectError(.invalid, path) { _ = try PNGImage(contentsOf: path, imageShape: grey) }
  }

  @Test("Channels that no PNG has, and a missing file, are refused")
  func unsuitable() {
    let two = ImageShape(channels: 2, rows: 2, columns: 3)
    expectError(.invalid, "p.png", mentions: "2") {
      _ = try PNGImage(contentsOf: "p.png", imageShape: two)
    }
    let path = folder.path + "/none.png"
    expectError(.missing, path) { _ = try PNGImage(contentsOf: path, imageShape: grey) }
  }
}
