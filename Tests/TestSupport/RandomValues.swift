/// A small generator for tests, independent of the product's own: SplitMix64.
public struct RandomValues {
  private var state: UInt64

  /// Numbers that depend on `seed` only.
  public init(seed: UInt64) {
    state = seed
  }

  /// The next number, uniform in -1..<1 and exact in `Float`.
  public mutating func next() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    bits ^= bits >> 31
    return Double(bits >> 40) * 0x1p-23 - 1
  }

  /// `count` numbers uniform in -1..<1.
  public mutating func array(_ count: Int) -> [Double] {
    (0..<count).map { _ in next() }
  }
}
