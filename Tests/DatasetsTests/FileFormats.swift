import Datasets
import TestSupport

/// The four bytes of `value`, the lowest first.
func littleEndian(_ value: UInt32) -> [UInt8] {
  [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
}

/// An IDX file with the images of `source`.
func idxImages(_ source: some ImageSource) throws -> [UInt8] {
  let shape = source.imageShape
  return IDXBytes.images(
    source.count, rows: shape.rows, columns: shape.columns,
    pixels: try (0..<source.count).flatMap { try source.pixelArray(of: $0) })
}

/// An IDX file with the labels of `source`.
func idxLabels(_ source: some ImageSource) -> [UInt8] {
  IDXBytes.labels((0..<source.count).map { UInt8(source.label(of: $0)) })
}

/// A CIFAR-10 file with the samples of `source`.
func cifar10(_ source: some ImageSource) throws -> [UInt8] {
  try (0..<source.count).flatMap {
    try [UInt8(source.label(of: $0))] + source.pixelArray(of: $0)
  }
}

/// A gzip member in which `content` is stored and not compressed.
func gzip(_ content: [UInt8]) -> [UInt8] {
  [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] + storedDeflate(content)
    + littleEndian(crc32(content)) + littleEndian(UInt32(truncatingIfNeeded: content.count))
}

/// A zlib stream in which `content` is stored and not compressed.
func zlib(_ content: [UInt8]) -> [UInt8] {
  var (low, high) = (1, 0)
  for byte in content {
    low = (low + Int(byte)) % 65521
    high = (high + low) % 65521
  }
  return [0x78, 0x01] + storedDeflate(content) + IDXBytes.bigEndian(high << 16 | low)
}

/// A PNG file whose `rows` are bytes as the colour type and the depth ask for.
func png(
  columns: Int, colourType: UInt8, depth: UInt8 = 8, palette: [UInt8]? = nil, rows: [[UInt8]]
) -> [UInt8] {
  let header =
    IDXBytes.bigEndian(columns) + IDXBytes.bigEndian(rows.count) + [depth, colourType, 0, 0, 0]
  return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    + pngChunk("IHDR", header)
    + (palette.map { pngChunk("PLTE", $0) } ?? [])
    + pngChunk("IDAT", zlib(rows.flatMap { [0] + $0 }))
    + pngChunk("IEND", [])
}

private func pngChunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
  let checked = Array(name.utf8) + content
  return IDXBytes.bigEndian(content.count) + checked + IDXBytes.bigEndian(Int(crc32(checked)))
}

private func storedDeflate(_ content: [UInt8]) -> [UInt8] {
  var blocks: [UInt8] = []
  var start = 0
  repeat {
    let end = min(start + 65535, content.count)
    let length = UInt16(end - start)
    blocks.append(end == content.count ? 1 : 0)
    for word in [length, ~length] {
      blocks += [UInt8(truncatingIfNeeded: word), UInt8(truncatingIfNeeded: word >> 8)]
    }
    blocks += content[start..<end]
    start = end
  } while start < content.count
  return blocks
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
  var remainder = UInt32.max
  for byte in bytes {
    remainder ^= UInt32(byte)
    for _ in 0..<8 {
      remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1
    }
  }
  return ~remainder
}
