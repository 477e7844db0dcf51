extension SIMD16<Float> {
  /// The sixteen magnitudes.
  @inline(__always)
  var magnitudes: SIMD16<Float> { SIMD16(bits: bits & 0x7FFF_FFFF) }

  /// The sum of the lanes, as a tree of halves.
  @inline(__always)
  var laneSum: Float {
    let eight = lowHalf + highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }

  /// e to the power of `self + correction`, within one unit in the last place.
  ///
  /// The correction is what rounding removed from `self`, less than 2⁻¹⁷.
  ///
  /// - Precondition: -87 < `self` < 88.
  @inline(__always)
  func exponential(correction: SIMD16<Float>) -> SIMD16<Float> {
    // Adding 1.5 · 2²³ rounds to an integer, which is then in the low bits.
    let magic = SIMD16<Float>(repeating: 0x1.8p23)
    let shifted = magic.addingProduct(self, 0x1.715476p0)
    let power = shifted - magic
    var rest = addingProduct(power, -0x1.62e43p-1)
    rest = rest.addingProduct(power, 0x1.05c61p-29) + correction
    let series = rest.polynomial([
      0.5, 0.166_666_656_732_6, 0.041_666_280_478_2, 0.008_333_504_199_98, 0.001_394_575_228_9,
      0.000_197_892_644_79,
    ])
    let fraction = SIMD16(repeating: 1) + rest.addingProduct(rest * rest, series)
    return SIMD16(bits: fraction.bits &+ (shifted.bits &<< 23))
  }

  /// e to the power of `self` ≤ 0, and about 10⁻³⁸ below -87; NaN stays NaN.
  @inline(__always)
  var boundedExponential: SIMD16<Float> {
    replacing(with: -87, where: self .< -87).exponential(correction: SIMD16.zero)
  }

  /// The largest of the lanes.
  @inline(__always)
  var laneMaximum: Float {
    let eight = lowHalf.replacing(with: highHalf, where: highHalf .> lowHalf)
    let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
    let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
    return Swift.max(two.x, two.y)
  }

  /// Two to the power of `self`, with a relative error below 2⁻¹⁷.
  ///
  /// - Precondition: -126 < `self` < 127.
  @inline(__always)
  var powerOfTwo: SIMD16<Float> {
    let magic = SIMD16<Float>(repeating: 0x1.8p23)
    let shifted = magic + self
    let rest = self - (shifted - magic)
    let fraction = rest.polynomial([1, 0.693_124_19, 0.240_240_99, 0.055_906_47, 0.009_582_87])
    return SIMD16(bits: fraction.bits &+ (shifted.bits &<< 23))
  }

  /// The polynomial with these coefficients, the constant one first, by Horner's rule.
  @inline(__always)
  func polynomial<let count: Int>(_ coefficients: InlineArray<count, Float>) -> SIMD16<Float> {
    var power = count &- 1
    var sum = SIMD16(repeating: coefficients[power])
    while power > 0 {
      power &-= 1
      sum = SIMD16(repeating: coefficients[power]).addingProduct(sum, self)
    }
    return sum
  }

  /// The square roots of sixteen numbers ≥ 0, within one unit in the last place.
  ///
  /// The standard library's version computes one lane at a time.
  @inline(__always)
  var squareRoots: SIMD16<Float> {
    let half = self * 0.5
    var reciprocal = SIMD16(bits: 0x5F37_5A86 &- (bits &>> 1))
    for _ in 0..<3 {
      // In this order nothing overflows at zero, whose reciprocal stays finite.
      let product = half * reciprocal
      reciprocal = reciprocal * SIMD16(repeating: 1.5).addingProduct(-product, reciprocal)
    }
    let root = self * reciprocal
    let error = addingProduct(-root, root)
    return root.addingProduct(error, reciprocal * 0.5)
  }
}
