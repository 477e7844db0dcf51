import CMPI

extension Communicator {
  /// Gives every rank the pieces of all ranks, inside one buffer that all of them hold.
  ///
  /// - Parameters:
  ///   - values: (n) on entry piece ``rank`` holds this rank's own elements; on return every piece
  ///     holds its owner's. Elements outside of the pieces stay as they are.
  ///   - pieces: one range of `values` a rank, ascending, empty ones allowed; the same table on
  ///     every rank. Traps if two overlap or one leaves the buffer.
  /// - Throws: ``MPIError``.
  /// - Note: Source: MPI 3.1, section 5.7.
  public func allGatherV<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, pieces: [Range<Int>]
  ) throws(MPIError) {
    requirePieces(pieces, count: values.count, disjoint: true, "gathered")
    guard let handle = unsafe handle else { return }
    let filled = pieces.filter { !$0.isEmpty }
    guard let first = filled.first, let last = filled.last else { return }
    // Displacements count from the first piece: buckets lie beyond 32-bit offsets in large models.
    guard last.upperBound - first.lowerBound <= partLimit else {
      return try broadcastPieces(&values, pieces)
    }
    let counts = pieces.map { Int32($0.count) }
    let displacements = pieces.map { $0.isEmpty ? 0 : Int32($0.lowerBound - first.lowerBound) }
    try unsafe values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      let start = unsafe buffer.baseAddress.map { unsafe $0 + first.lowerBound }
      try check(
        "MPI_Allgatherv",
        unsafe MPI_Allgatherv(
          cmpi_in_place(), 0, Element.messageType.raw, start, counts, displacements,
          Element.messageType.raw, handle))
    }
  }

  /// Every owner sends its piece to all: the way for tables that 32 bits cannot express.
  private func broadcastPieces<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, _ pieces: [Range<Int>]
  ) throws(MPIError) {
    guard let handle = unsafe handle else { return }
    try unsafe values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      for (owner, piece) in pieces.enumerated() {
        for part in parts(of: piece) {
          let start = unsafe buffer.baseAddress.map { unsafe $0 + part.lowerBound }
          try check(
            "MPI_Bcast",
            unsafe MPI_Bcast(
              start, Int32(part.count), Element.messageType.raw, Int32(owner), handle))
        }
      }
    }
  }

  /// What every rank gives, in the order of ranks, on every rank; lengths may differ.
  public func allGather<Element: MPIElement>(
    _ values: [Element]
  ) throws(MPIError) -> [[Element]] {
    let pieces = Self.pieces(counts: try counts(of: values.count))
    var all = [Element](repeating: .zero, count: pieces.last?.upperBound ?? 0)
    all.replaceSubrange(pieces[rank], with: values)
    var span = all.mutableSpan
    try allGatherV(&span, pieces: pieces)
    return pieces.map { Array(all[$0]) }
  }

  /// The counts of all ranks, in their order.
  private func counts(of count: Int) throws(MPIError) -> [Int] {
    var counts = [Int64](repeating: 0, count: size)
    counts[rank] = Int64(count)
    var span = counts.mutableSpan
    try allGatherV(&span, pieces: (0..<size).map { $0..<$0 + 1 })
    return counts.map { Int($0) }
  }

  private static func pieces(counts: [Int]) -> [Range<Int>] {
    var start = 0
    return counts.map { count in
      defer { start += count }
      return start..<start + count
    }
  }
}
