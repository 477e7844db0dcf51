/// The four bytes of `value`, the lowest first.
public func littleEndian(_ value: UInt32) -> [UInt8] {
  [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: value >> $0) }
}

/// A gzip member in which `content` is stored and not compressed.
public func gzip(_ content: [UInt8]) -> [UInt8] {
  [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] + storedDeflate(content)
    + littleEndian(crc32(content)) + littleEndian(UInt32(truncatingIfNeeded: content.count))
}

/// A zlib stream in which `content` is stored and not compressed.
public func zlib(_ content: [UInt8]) -> [UInt8] {
  var (low, high) = (1, 0)
  for byte in content {
    low = (low + Int(byte)) % 65521
    high = (high + low) % 65521
  }
  return [0x78, 0x01] + storedDeflate(content) + IDXBytes.bigEndian(high << 16 | low)
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

/// The checksum of gzip and PNG.
public func crc32(_ bytes: [UInt8]) -> UInt32 {
  var remainder = UInt32.max
  for byte in bytes {
    remainder ^= UInt32(byte)
    for _ in 0..<8 {
      remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1
    }
  }
  return ~remainder
}
