import Foundation

@testable import Imaging

extension RasterImage {
  /// Slopes, blocks, noise, black and white: the same bytes as `picture` of `Fixtures/make_fixtures.py`.
  init(rows: Int, columns: Int, channels: Int, seed: Int) {
    var state = UInt32(seed)
    var bytes: [UInt8] = []
    for row in 0..<rows {
      for column in 0..<columns {
        for channel in 0..<channels {
          state = state &* 1_664_525 &+ 1_013_904_223
          var slope = (5 * row + 3 * column + 60 * channel + 17 * seed) % 512
          if slope >= 256 { slope = 511 - slope }
          var value = (3 * slope + Int(state >> 24)) / 4
          if (row / 8 + column / 8) % 3 == 0 { value = 255 - value }
          bytes.append(UInt8(min(max(value * 5 / 4 - 32, 0), 255)))
        }
      }
    }
    self.init(rows: rows, columns: columns, channels: channels, bytes: bytes)
  }
}

/// Numbers of 16 bits around 0: the same as `values_of` of `Fixtures/make_fixtures.py`.
func testValues(_ count: Int, seed: Int) -> [Float] {
  var state = UInt32(seed)
  return (0..<count).map { _ in
    state = state &* 1_664_525 &+ 1_013_904_223
    return Float(state >> 16) / 16384 - 2
  }
}

/// FNV-1a of 64 bits, in hexadecimal.
func hash(_ bytes: [UInt8]) -> String {
  var value: UInt64 = 0xCBF2_9CE4_8422_2325
  for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// What `Fixtures/make_fixtures.py` wrote into a file.
func cases<Case: Decodable>(_ name: String, as type: Case.Type = Case.self) throws -> [Case] {
  let file = Bundle.module.bundleURL.appending(path: "Fixtures/\(name).json")
  return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
}
