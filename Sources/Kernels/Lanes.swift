/// Up to sixteen neighbouring elements of a row: sixteen everywhere except at the row's end.
///
/// The tail goes through the same vector instructions as the rest, so an element's bits do not
/// depend on its position in a row.
struct Lanes {
  let first: Int
  let count: Int

  @inline(__always)
  var areFull: Bool { count == 16 }

  /// The lanes of a row of `count` elements, first to last.
  @inline(__always)
  static func of(_ count: Int) -> LaneSequence { LaneSequence(end: count) }

  /// `values` with zeros in the lanes beyond the row's end.
  @inline(__always)
  func masked(_ values: SIMD16<Float>) -> SIMD16<Float> {
    guard !areFull else { return values }
    return values.replacing(with: 0, where: .!inside)
  }

  /// Which lanes lie within the row.
  @inline(__always)
  var inside: SIMDMask<SIMD16<Int32>> {
    Self.numbers .< SIMD16(repeating: Int32(truncatingIfNeeded: count))
  }

  /// The numbers of sixteen lanes.
  @inline(__always)
  static var numbers: SIMD16<Int32> {
    SIMD16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
  }
}

/// The lanes of a row, first to last: `for lanes in Lanes.of(count)`.
struct LaneSequence: Sequence, IteratorProtocol {
  let end: Int
  private var first = 0

  @inline(__always)
  init(end: Int) {
    self.end = end
  }

  @inline(__always)
  mutating func next() -> Lanes? {
    guard first < end else { return nil }
    let rest = end &- first
    let lanes = Lanes(first: first, count: rest < 16 ? rest : 16)
    first &+= 16
    return lanes
  }
}

/// A sum of squares of lanes, in `Double`, in sixteen parallel chains.
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

/// A sum over the lanes of a row, in four alternating chains.
///
/// In a single chain each addition would wait for the one before. The order of additions is a function of the row's
/// length only.
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
