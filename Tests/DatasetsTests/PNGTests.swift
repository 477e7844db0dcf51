import Imaging
import TestSupport
import Testing

@testable import Datasets

@Suite("PNG files")
struct PNGTests {
  /// The bytes of a picture in this many channels, (rows, columns, channels).
  private func read(_ bytes: [UInt8], channels: Int) throws -> [UInt8] {
    try ImageDecoder(channels: channels).decode(bytes, at: FileLocation("p.png")).bytes
  }

  @Test("Grey of 1, 8 and 16 bits, with and without transparency")
  func greyFiles() throws {
    let rows: [[UInt8]] = [[1, 2, 3], [40, 50, 255]]
    let pixels = rows.flatMap { $0 }
    let plain = png(columns: 3, colourType: 0, rows: rows)
    #expect(try read(plain, channels: 1) == pixels)
    #expect(try read(plain, channels: 3) == pixels.flatMap { [$0, $0, $0] })
    let deep = rows.map { row in row.flatMap { [$0, UInt8(7)] } }
    #expect(try read(png(columns: 3, colourType: 0, depth: 16, rows: deep), channels: 1) == pixels)
    let transparent = rows.map { row in row.flatMap { [$0, UInt8(128)] } }
    #expect(try read(png(columns: 3, colourType: 4, rows: transparent), channels: 1) == pixels)
    let bits = png(columns: 3, colourType: 0, depth: 1, rows: [[0b1010_0000], [0b0110_0000]])
    #expect(try read(bits, channels: 1) == [255, 0, 255, 0, 255, 255])
  }

  @Test("Colour of 8 and 16 bits, with transparency, and by a palette")
  func colourFiles() throws {
    let rows: [[UInt8]] = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [255, 0, 0, 0, 255, 0, 0, 0, 255]]
    let pixels = rows.flatMap { $0 }
    #expect(try read(png(columns: 3, colourType: 2, rows: rows), channels: 3) == pixels)
    let deep = rows.map { row in row.flatMap { [$0, UInt8(9)] } }
    #expect(try read(png(columns: 3, colourType: 2, depth: 16, rows: deep), channels: 3) == pixels)
    let transparent = rows.map { row in
      [0, 3, 6].flatMap { pixel in row[pixel..<(pixel + 3)] + [UInt8(128)] }
    }
    #expect(try read(png(columns: 3, colourType: 6, rows: transparent), channels: 3) == pixels)
    let palette = png(columns: 3, colourType: 3, palette: pixels, rows: [[0, 1, 2], [3, 4, 5]])
    #expect(try read(palette, channels: 3) == pixels)
  }

  @Test("Colour becomes grey by its luma")
  func luma() throws {
    let rows: [[UInt8]] = [[255, 0, 0, 0, 255, 0, 0, 0, 255], [255, 255, 255, 0, 0, 0, 9, 9, 9]]
    #expect(
      try read(png(columns: 3, colourType: 2, rows: rows), channels: 1) == [76, 150, 29, 255, 0, 9])
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
    expectError(.invalid, "p.png") { _ = try read(bytes, channels: 1) }
  }
}
