/// The standard normal distribution at sixteen points, as GELU and its derivative need it.
///
/// With t = |x|: `tail` is Q(t) = erfc(t / √2) / 2 and `density` is exp(-t² / 2). The tail is
/// computed as density · R(t), where (t + 3.5) · R(t) is a polynomial in (t - 3.5) / (t + 3.5),
/// fitted for the least relative error, 4.3e-9. So small tails keep their relative accuracy,
/// unlike 1 - Φ(t). Above t = 12.5 both stay at their values there, below 1.2e-34.
struct Gaussian {
  let density: SIMD16<Float>
  let tail: SIMD16<Float>

  @inline(__always)
  init(_ magnitude: SIMD16<Float>) {
    let limit = SIMD16<Float>(repeating: 12.5)
    let t = magnitude.replacing(with: limit, where: magnitude .> limit)
    let square = t * t
    let lost = (-square).addingProduct(t, t)
    density = (square * -0.5).exponential(correction: lost * -0.5)
    let reciprocal = 1 / (t + 3.5)
    let y = SIMD16(repeating: 1).addingProduct(reciprocal, -7)
    var series = SIMD16<Float>(repeating: 0.000_119_160_773_464_70)
    series = SIMD16(repeating: 0.000_438_125_425_716_82).addingProduct(series, y)
    series = SIMD16(repeating: -0.000_492_374_994_792_04).addingProduct(series, y)
    series = SIMD16(repeating: -0.003_185_084_555_298_1).addingProduct(series, y)
    series = SIMD16(repeating: 0.006_489_690_858_870_7).addingProduct(series, y)
    series = SIMD16(repeating: 0.017_408_281_564_712_5).addingProduct(series, y)
    series = SIMD16(repeating: -0.116_052_396_595_478).addingProduct(series, y)
    series = SIMD16(repeating: 0.315_424_919_128_418).addingProduct(series, y)
    series = SIMD16(repeating: -0.565_561_771_392_822).addingProduct(series, y)
    series = SIMD16(repeating: 0.744_416_058_063_507).addingProduct(series, y)
    tail = density * (series * reciprocal)
  }
}
