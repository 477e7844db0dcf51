/// Operations that replace each byte by what a table has for it.
///
/// - Note: Source: Pillow's `ImageOps`; `solarizeAdd` is timm's.
extension RasterImage {
  /// Light becomes dark.
  var inverted: RasterImage { mapped { 255 - $0 } }

  /// Bytes from `threshold` on are inverted; none if it is above 255.
  func solarized(threshold: Int) -> RasterImage {
    mapped { Int($0) < threshold ? $0 : 255 - $0 }
  }

  /// Bytes below 128 become lighter by `amount` ≥ 0.
  func solarizedByAdding(_ amount: Int) -> RasterImage {
    mapped { $0 < 128 ? UInt8(min(Int($0) + amount, 255)) : $0 }
  }

  /// Only the highest `bits` of each byte are kept, from 0 (black) to 8 (all).
  func posterized(bits: Int) -> RasterImage {
    precondition((0...8).contains(bits), "\(bits) bits of a byte")
    let mask = UInt8(truncatingIfNeeded: 0xFF << (8 - bits))
    return mapped { $0 & mask }
  }

  /// In each channel the smallest value becomes 0 and the largest 255.
  var autoContrasted: RasterImage {
    mappedByHistogram { histogram in
      guard let low = histogram.firstIndex(where: { $0 > 0 }),
        let high = histogram.lastIndex(where: { $0 > 0 }), low < high
      else { return nil }
      let scale = 255 / Double(high - low)
      let offset = Double(-low) * scale
      return (0..<256).map { UInt8(min(max(Int(Double($0) * scale + offset), 0), 255)) }
    }
  }

  /// In each channel all values become about equally frequent.
  var equalized: RasterImage {
    mappedByHistogram { histogram in
      guard let highest = histogram.last(where: { $0 > 0 }) else { return nil }
      let step = (rows * columns - highest) / 255
      if step == 0 { return nil }
      var sum = step / 2
      return histogram.map { count in
        defer { sum += count }
        return UInt8(min(sum / step, 255))
      }
    }
  }

  /// Each byte replaced by the same function.
  func mapped(_ value: (UInt8) -> UInt8) -> RasterImage {
    replacingBytes(with: [(0...255).map { value(UInt8($0)) }])
  }

  /// Each channel replaced by a function of its histogram; nil leaves it as it is.
  private func mappedByHistogram(_ table: ([Int]) -> [UInt8]?) -> RasterImage {
    let unchanged = (0...255).map { UInt8($0) }
    return replacingBytes(with: histograms.map { table($0) ?? unchanged })
  }

  /// Each byte replaced by its channel's table, or by the only one.
  private func replacingBytes(with tables: [[UInt8]]) -> RasterImage {
    var result = self
    var target = result.bytes.mutableSpan
    let step = tables.count
    for (channel, table) in tables.enumerated() {
      let table = table.span
      var index = channel
      while index < target.count {
        target[index] = table[Int(target[index])]
        index += step
      }
    }
    return result
  }

  /// For each channel, how often each of the 256 values is there.
  private var histograms: [[Int]] {
    let source = bytes.span
    return (0..<channels).map { channel in
      var histogram = [Int](repeating: 0, count: 256)
      var index = channel
      while index < source.count {
        histogram[Int(source[index])] += 1
        index += channels
      }
      return histogram
    }
  }
}
