import Testing

@testable import Randomness

@Suite("Philox")
struct PhiloxTests {
  /// The known answers of the Random123 distribution for Philox4x32-10.
  @Test(
    "Known answers",
    arguments: [
      (
        key: UInt64(0), high: UInt64(0), low: UInt64(0),
        words: SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      ),
      (
        key: UInt64.max, high: UInt64.max, low: UInt64.max,
        words: SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        key: 0x299f_31d0_a409_3822, high: 0x0370_7344_1319_8a2e, low: 0x85a3_08d3_243f_6a88,
        words: SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ])
  func knownAnswers(key: UInt64, high: UInt64, low: UInt64, words: SIMD4<UInt32>) {
    #expect(Philox(key: key).block(high: high, low: low) == words)
  }
}

@Suite("Random keys")
struct RandomKeyTests {
  @Test("Every field of the key changes the numbers")
  func fieldsMatter() {
    let key = RandomKey(seed: 1, purpose: .augmentation, time: 2, sample: 3)
    let others = [
      RandomKey(seed: 2, purpose: .augmentation, time: 2, sample: 3),
      RandomKey(seed: 1, purpose: .epochOrder, time: 2, sample: 3),
      RandomKey(seed: 1, purpose: .augmentation, time: 3, sample: 3),
      RandomKey(seed: 1, purpose: .augmentation, time: 2, sample: 4),
    ]
    for other in others {
      #expect(other.words(0) != key.words(0))
    }
    #expect(key.words(0) != key.words(1))
    #expect(key.words(0) == RandomKey(seed: 1, purpose: .augmentation, time: 2, sample: 3).words(0))
  }

  @Test("Uniform, integer and normal numbers have their moments")
  func moments() {
    let key = RandomKey(seed: 7, purpose: .initialWeights)
    let count = 20_000
    let uniforms = (0..<count).map { Double(key.uniform($0)) }
    let normals = (0..<count).map { key.normal($0) }
    let integers = (0..<count).map { key.integer($0, below: 7) }
    // Five standard errors of the mean of `count` numbers.
    let bound = 5 / Double(count).squareRoot()
    #expect(abs(uniforms.reduce(0, +) / Double(count) - 0.5) < bound * (1.0 / 12).squareRoot())
    #expect(uniforms.allSatisfy { 0 <= $0 && $0 < 1 })
    #expect(abs(normals.reduce(0, +) / Double(count)) < bound)
    #expect(
      abs(normals.map { $0 * $0 }.reduce(0, +) / Double(count) - 1) < bound * 2.0.squareRoot())
    #expect(Set(integers) == Set(0..<7))
  }
}
