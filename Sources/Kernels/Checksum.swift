/// A number that changes when a bit of `range` changes, to detect damaged memory.
///
/// It is the sum, modulo 2⁶⁴, of one number per block of `blockLength` elements, which starts at a multiple of that in
/// the buffer. So the checksums of parts that are cut at block boundaries add up to that of the whole, in any order. In
/// a block the bits are summed in sixteen lanes, and so are their running sums, as in Fletcher's checksum: a flipped
/// bit always shows, and so does a swap.
///
/// - Precondition: `range` begins at a multiple of `blockLength`, or is empty. Traps otherwise.
/// - Note: Source: Fletcher, "An Arithmetic Checksum for Serial Transmissions", 1982.
public func checksum(_ buffer: FloatBuffer, _ range: Range<Int>, blockLength: Int) -> UInt64 {
  precondition(
    range.isEmpty || range.lowerBound % blockLength == 0,
    "a checksum of blocks of \(blockLength) from \(range) on")
  var sum: UInt64 = 0
  var first = range.lowerBound
  while first < range.upperBound {
    let next = min(first + blockLength, range.upperBound)
    sum &+= (mixed(UInt64(first)) | 1) &* blockSum(buffer.row(first..<next))
    first = next
  }
  return sum
}

private func blockSum(_ row: Row<Float>) -> UInt64 {
  var (sums, runningSums) = (SIMD16<UInt32>.zero, SIMD16<UInt32>.zero)
  for lanes in Lanes.of(row.count) {
    sums &+= row[lanes].bits
    runningSums &+= sums
  }
  var total: UInt64 = 0
  for lane in 0..<16 {
    let words = UInt64(sums[lane]) << 32 | UInt64(runningSums[lane])
    total = mixed(total ^ words) &+ UInt64(lane)
  }
  return total
}

/// Scrambles `value`: different values give different numbers.
private func mixed(_ value: UInt64) -> UInt64 {
  var bits = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
  bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
  return bits ^ (bits >> 31)
}
