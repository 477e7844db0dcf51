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
