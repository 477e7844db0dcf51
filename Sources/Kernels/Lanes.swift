/// Up to sixteen neighbouring elements of a row: sixteen everywhere but at the row's end.
///
/// The tail goes through the same vector instructions as the rest, so an element's bits do not
/// depend on where in a row it lies.
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

  /// Which lanes are not beyond the row's end.
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
