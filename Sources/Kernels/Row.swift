extension Buffer {
  /// The elements of `range` as one row of numbers.
  @inline(__always)
  func row(_ range: Range<Int>) -> Row<Element> {
    check(range)
    return unsafe Row(start: base + range.lowerBound, count: range.count)
  }
}

/// A row of numbers that a kernel reads and writes sixteen at a time.
///
/// A row borrows its buffer: it lives inside one kernel call, whose argument keeps the buffer alive. Every access is
/// checked against the row's length.
@safe struct Row<Element: Numeral> {
  let count: Int
  private let start: UnsafeMutablePointer<Element>

  @inline(__always)
  init(start: UnsafeMutablePointer<Element>, count: Int) {
    unsafe self.start = start
    self.count = count
  }

  /// One element.
  @inline(__always)
  subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "element outside of the row")
      return unsafe start[index].float
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "element outside of the row")
      unsafe start[index] = Element(rounding: newValue)
    }
  }

  /// The elements at `lanes`; the lanes of a short tail are read as zero and not written.
  @inline(__always)
  subscript(lanes: Lanes) -> SIMD16<Float> {
    get {
      precondition(
        lanes.first >= 0 && lanes.first &+ lanes.count <= count, "lanes outside of the row")
      guard lanes.areFull else { return readTail(lanes) }
      return unsafe Element.load(start + lanes.first)
    }
    nonmutating set {
      precondition(
        lanes.first >= 0 && lanes.first &+ lanes.count <= count, "lanes outside of the row")
      guard lanes.areFull else { return writeTail(newValue, lanes) }
      unsafe Element.store(newValue, start + lanes.first)
    }
  }

  // Inlined although rare: a call would make the surrounding loop spill its vectors to memory.
  @inline(__always)
  private func readTail(_ lanes: Lanes) -> SIMD16<Float> {
    var values = SIMD16<Float>.zero
    for lane in 0..<lanes.count {
      values[lane] = unsafe start[lanes.first + lane].float
    }
    return values
  }

  @inline(__always)
  private func writeTail(_ values: SIMD16<Float>, _ lanes: Lanes) {
    for lane in 0..<lanes.count {
      unsafe start[lanes.first + lane] = Element(rounding: values[lane])
    }
  }
}

extension SIMD16<Float> {
  /// The bits of the sixteen numbers.
  @inline(__always)
  var bits: SIMD16<UInt32> { unsafe unsafeBitCast(self, to: SIMD16<UInt32>.self) }

  /// The numbers with these bits.
  @inline(__always)
  init(bits: SIMD16<UInt32>) {
    self = unsafe unsafeBitCast(bits, to: SIMD16<Float>.self)
  }
}
