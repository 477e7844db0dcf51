/// A sum over the lanes of a row, in four chains that take turns.
///
/// One chain would wait for each addition before the next. The order of additions is a function of
/// the row's length only.
struct VectorSum {
  private var first = SIMD16<Float>.zero
  private var second = SIMD16<Float>.zero
  private var third = SIMD16<Float>.zero
  private var fourth = SIMD16<Float>.zero

  @inline(__always)
  init() {}

  /// Adds sixteen numbers.
  @inline(__always)
  mutating func add(_ values: SIMD16<Float>) {
    (first, second, third, fourth) = (second, third, fourth, first + values)
  }

  /// Adds sixteen products.
  @inline(__always)
  mutating func addProduct(_ left: SIMD16<Float>, _ right: SIMD16<Float>) {
    (first, second, third, fourth) = (second, third, fourth, first.addingProduct(left, right))
  }

  /// The sum of all lanes of all chains.
  @inline(__always)
  var total: Float { ((first + second) + (third + fourth)).laneSum }
}
