// Elementary functions of Double whose bits are the same on every processor.
//
// A C library chooses its variants by the processor and changes them between versions. These are made of additions,
// products, quotients and fused multiply-adds only; IEEE 754 rounds each in one way.

/// e to the power of `x`, within one unit in the last place; 0 below -745.2, infinity above 709.8.
///
/// The argument is split into n · ln 2 + r with |r| ≤ ln 2 / 2, and e to the power of r is its Taylor series.
public func exponential(_ x: Double) -> Double {
  guard x.isFinite else { return x == -.infinity ? 0 : x }
  if x > 709.79 { return .infinity }
  if x < -745.14 { return 0 }
  let n = (x * 0x1.71547652b82fep0).rounded()
  let high = x.addingProduct(-n, 0x1.62e42fee00000p-1)
  let low = n * 0x1.a39ef35793c76p-33
  let r = high - low
  let lost = (high - r) - low
  let series = r.polynomial([
    1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362_880, 1 / 3_628_800,
    1 / 39_916_800, 1 / 479_001_600, 1 / 6_227_020_800,
  ])
  let fraction = 1 + (r + (lost + lost * r).addingProduct(r * r, series))
  // In two steps, so that a result below the normal numbers is rounded once, at the end.
  let half = Int(n) / 2
  return fraction * Double(sign: .plus, exponent: half, significand: 1)
    * Double(sign: .plus, exponent: Int(n) - half, significand: 1)
}

/// The natural logarithm of `x`, within one unit in the last place; -infinity at 0, not a number below.
///
/// With x = 2ⁿ · (1 + f) and s = f / (2 + f), the logarithm of 1 + f is f - f² / 2 + s · (f² / 2 + R(s²)).
///
/// - Note: Source: the scheme of W. Kahan's and K. Ng's logarithm in 4.3BSD; the series here is that of atanh.
public func logarithm(_ x: Double) -> Double {
  if x == 0 { return -.infinity }
  guard x > 0, x.isFinite else { return x > 0 ? x : .nan }
  var (n, significand) = (Double(x.exponent), x.significand)
  if significand > 0x1.6a09e667f3bcdp0 { (n, significand) = (n + 1, significand / 2) }
  let f = significand - 1
  let s = f / (2 + f)
  let square = s * s
  let series =
    square
    * square.polynomial([
      2 / 3, 2 / 5, 2 / 7, 2 / 9, 2 / 11, 2 / 13, 2 / 15, 2 / 17, 2 / 19, 2 / 21,
    ])
  let half = 0.5 * f * f
  // n · ln 2 in two parts; the product with the high one is exact.
  let (high, low) = (n * 0x1.62e42fee00000p-1, n * 0x1.a39ef35793c76p-33)
  return high - ((half - (s * (half + series) + low)) - f)
}

/// The cosine of `turns` full turns, cos 2π·turns, within one unit in the last place of its greatest magnitude.
///
/// Turns reduce without error, which multiples of π do not.
public func cosine(ofTurns turns: Double) -> Double {
  guard turns.isFinite else { return .nan }
  let rest = turns - turns.rounded()
  let quarter = (4 * rest).rounded()
  // |angle| ≤ π / 4, with what the product lost.
  let part = rest - quarter * 0.25
  let angle = part * 0x1.921fb54442d18p2
  let lost = (-angle).addingProduct(part, 0x1.921fb54442d18p2).addingProduct(
    part, 0x1.1a62633145c07p-52)
  switch Int(quarter) & 3 {
  case 0: return reducedCosine(angle, lost)
  case 1: return -reducedSine(angle, lost)
  case 2: return -reducedCosine(angle, lost)
  default: return reducedSine(angle, lost)
  }
}

/// The sine and cosine of an angle, each the nearest number but for a few cases in a thousand.
///
/// - Parameter radians: the angle; |angle| < 2²⁰.
/// - Returns: not numbers where the angle is not finite.
public func sineAndCosine(_ radians: Double) -> (sine: Double, cosine: Double) {
  guard radians.isFinite else { return (.nan, .nan) }
  precondition(abs(radians) < 0x1p20, "the sine of \(radians)")
  let quarter = (radians * 0x1.45f306dc9c883p-1).rounded()
  // π / 2 in three parts; the products with the first two are exact, as they end in zeros.
  let first = radians - quarter * 0x1.921fb54400000p0
  let second = quarter * 0x1.0b4611a600000p-34
  let high = first - second
  let lost = (first - high) - second
  let third = quarter * 0x1.3198a2e037073p-69
  let angle = high + (lost - third)
  let rest = (high - angle) + (lost - third)
  let (sine, cosine) = (accurateSine(angle, rest), accurateCosine(angle, rest))
  switch Int(quarter) & 3 {
  case 0: return (sine, cosine)
  case 1: return (cosine, -sine)
  case 2: return (-sine, -cosine)
  default: return (-cosine, sine)
  }
}

/// `base` to the power of `exponent` ≥ 0, to the nearest number or its neighbour.
///
/// By repeated squaring, each product with what it lost.
public func power(_ base: Double, _ exponent: Int) -> Double {
  precondition(exponent >= 0, "a power with the exponent \(exponent)")
  var (result, square) = (DoubledDouble(1), DoubledDouble(base))
  var rest = exponent
  while rest > 0 {
    if rest & 1 == 1 { result = result * square }
    rest >>= 1
    if rest > 0 { square = square * square }
  }
  return result.high + result.low
}

/// A number as the sum of two; the second is what rounding took from the first.
private struct DoubledDouble {
  let high: Double
  let low: Double

  init(_ value: Double) { (high, low) = (value, 0) }

  private init(sum high: Double, _ low: Double) {
    self.high = high + low
    self.low = self.high.isFinite ? (high - self.high) + low : 0
  }

  static func * (left: DoubledDouble, right: DoubledDouble) -> DoubledDouble {
    let high = left.high * right.high
    guard high.isFinite else { return DoubledDouble(high) }
    let lost = (-high).addingProduct(left.high, right.high)
    return DoubledDouble(
      sum: high, lost.addingProduct(left.high, right.low).addingProduct(left.low, right.high))
  }
}

/// The cosine of `x` + `lost` for |x| ≤ π / 4.
private func reducedCosine(_ x: Double, _ lost: Double) -> Double {
  let square = x * x
  let series =
    square * square
    * square.polynomial([
      1 / 24, -1 / 720, 1 / 40320, -1 / 3_628_800, 1 / 479_001_600, -1 / 87_178_291_200,
      1 / 20_922_789_888_000,
    ])
  let half = 0.5 * square
  let first = 1 - half
  return first + (((1 - first) - half) + (series - x * lost))
}

/// The sine of `x` + `lost` for |x| ≤ π / 4.
private func reducedSine(_ x: Double, _ lost: Double) -> Double {
  let square = x * x
  let series =
    square * x
    * square.polynomial([
      -1 / 6, 1 / 120, -1 / 5040, 1 / 362_880, -1 / 39_916_800, 1 / 6_227_020_800,
      -1 / 1_307_674_368_000, 1 / 355_687_428_096_000,
    ])
  return x + (series + lost * (1 - 0.5 * square))
}

/// The sine of `x` + `lost` for |x| ≤ π / 4; what its largest two terms lose is kept.
private func accurateSine(_ x: Double, _ lost: Double) -> Double {
  let cube = DoubledDouble(x) * DoubledDouble(x) * DoubledDouble(x)
  let square = x * x
  let series =
    cube.high * square
    * square.polynomial([
      1 / 120, -1 / 5040, 1 / 362_880, -1 / 39_916_800, 1 / 6_227_020_800, -1 / 1_307_674_368_000,
      1 / 355_687_428_096_000,
    ])
  let sixth = cube.high / 6
  let sixthLost = (cube.high.addingProduct(-6, sixth) + cube.low) / 6
  let high = x - sixth
  return high + (((x - high) - sixth) - sixthLost + series + lost * (1 - 0.5 * square))
}

/// The cosine of `x` + `lost` for |x| ≤ π / 4; what its largest two terms lose is kept.
private func accurateCosine(_ x: Double, _ lost: Double) -> Double {
  let square = DoubledDouble(x) * DoubledDouble(x)
  let series =
    square.high * square.high
    * square.high.polynomial([
      1 / 24, -1 / 720, 1 / 40320, -1 / 3_628_800, 1 / 479_001_600, -1 / 87_178_291_200,
      1 / 20_922_789_888_000,
    ])
  let half = 0.5 * square.high
  let high = 1 - half
  return high + (((1 - high) - half) - 0.5 * square.low + series - x * lost)
}

extension Double {
  /// The polynomial with these coefficients, the constant one first, by Horner's rule.
  fileprivate func polynomial<let count: Int>(_ coefficients: InlineArray<count, Double>) -> Double
  {
    var power = count - 1
    var sum = coefficients[power]
    while power > 0 {
      power -= 1
      sum = coefficients[power].addingProduct(sum, self)
    }
    return sum
  }
}
