/// A PNG file whose `rows` are bytes as the colour type and the depth ask for.
public func png(
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

/// A chunk of a PNG file: length, name, content, checksum.
public func pngChunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
  let checked = Array(name.utf8) + content
  return IDXBytes.bigEndian(content.count) + checked + IDXBytes.bigEndian(Int(crc32(checked)))
}
