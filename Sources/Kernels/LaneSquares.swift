/// A sum of squares of lanes, in `Double`, sixteen chains side by side.
///
/// The order of the additions is a function of the number of lanes only.
struct LaneSquares {
  private var low = SIMD8<Double>.zero
  private var high = SIMD8<Double>.zero

  @inline(__always)
  init() {}

  /// Adds the squares of sixteen numbers.
  @inline(__always)
  mutating func add(_ values: SIMD16<Float>) {
    let (first, second) = (SIMD8<Double>(values.lowHalf), SIMD8<Double>(values.highHalf))
    low.addProduct(first, first)
    high.addProduct(second, second)
  }

  /// The sum of all chains, as a tree of halves.
  @inline(__always)
  var total: Double {
    let eight = low + high
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }
}
