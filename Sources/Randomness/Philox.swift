/// The counter-based generator Philox4x32-10: a pure function of a key and a counter.
///
/// A number is found by its position, never by how many were drawn before it, so any rank or
/// thread gets the same numbers for the same sample without passing a state around.
///
/// - Note: Source: Salmon, Moraes, Dror, Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3",
///   SC 2011.
public struct Philox: Sendable {
  private let key: SIMD2<UInt32>

  /// A generator with the 64-bit `key`; equal keys give equal numbers.
  public init(key: UInt64) {
    self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
  }

  /// The four 32-bit words at the 128-bit position (`high`, `low`).
  public func block(high: UInt64, low: UInt64) -> SIMD4<UInt32> {
    var counter = SIMD4(
      UInt32(truncatingIfNeeded: low), UInt32(truncatingIfNeeded: low >> 32),
      UInt32(truncatingIfNeeded: high), UInt32(truncatingIfNeeded: high >> 32))
    var roundKey = key
    for _ in 0..<10 {
      let first = UInt64(counter.x) &* 0xD251_1F53
      let second = UInt64(counter.z) &* 0xCD9E_8D57
      counter = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ counter.y ^ roundKey.x,
        UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ counter.w ^ roundKey.y,
        UInt32(truncatingIfNeeded: first))
      roundKey = SIMD2(roundKey.x &+ 0x9E37_79B9, roundKey.y &+ 0xBB67_AE85)
    }
    return counter
  }
}
