import CMPI

extension Communicator {
  /// Replaces `values` on every rank by their element-wise reduction over all ranks.
  ///
  /// - Parameters:
  ///   - values: (n) this rank's contribution on entry, the result on return; the same count on
  ///     every rank.
  ///   - reduction: how elements combine. MPI chooses the order of additions: all ranks get the
  ///     same bits, but another number of ranks may give other last bits.
  /// - Throws: ``MPIError``.
  /// - Note: Source: MPI 3.1, section 5.9.6.
  public func allReduce<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, _ reduction: Reduction
  ) throws(MPIError) {
    try meet()
    guard let handle else { return }
    try unsafe values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      for part in parts(of: buffer.indices) {
        let start = unsafe buffer.baseAddress.map { unsafe $0 + part.lowerBound }
        try check(
          "MPI_Allreduce",
          unsafe cmpi_all_reduce(
            nil, start, Int32(part.count), Element.messageType.raw, reduction.raw,
            handle))
      }
    }
  }

  /// Gives every rank the element-wise reduction of all ranks' `values` in `result`.
  ///
  /// - Parameters:
  ///   - values: (n) this rank's contribution; the same count on every rank.
  ///   - result: (n) overwritten.
  ///   - reduction: how elements combine, in an order of MPI's choice.
  /// - Throws: ``MPIError``.
  /// - Note: Source: MPI 3.1, section 5.9.6.
  public func allReduce<Element: MPIElement>(
    _ values: Span<Element>, into result: inout MutableSpan<Element>, _ reduction: Reduction
  ) throws(MPIError) {
    precondition(
      values.count == result.count, "\(values.count) values reduced into \(result.count)")
    try meet()
    try unsafe values.withUnsafeBufferPointer { source throws(MPIError) in
      try unsafe result.withUnsafeMutableBufferPointer { target throws(MPIError) in
        guard let handle else {
          _ = unsafe target.update(fromContentsOf: source)
          return
        }
        for part in parts(of: source.indices) {
          let start = part.lowerBound
          try check(
            "MPI_Allreduce",
            unsafe cmpi_all_reduce(
              source.baseAddress.map { unsafe $0 + start },
              target.baseAddress.map { unsafe $0 + start }, Int32(part.count),
              Element.messageType.raw, reduction.raw, handle))
        }
      }
    }
  }

  /// The reduction of one value a rank, the same on every rank.
  public func allReduce<Element: MPIElement>(
    _ value: Element, _ reduction: Reduction
  ) throws(MPIError) -> Element {
    var values = [value]
    var span = values.mutableSpan
    try allReduce(&span, reduction)
    return values[0]
  }
}

extension Communicator {
  /// Replaces `values` on every rank by those of `root`.
  ///
  /// - Parameters:
  ///   - values: (n) the same count on every rank.
  ///   - root: the rank that gives.
  /// - Throws: ``MPIError``.
  /// - Note: Source: MPI 3.1, section 5.4.
  public func broadcast<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, from root: Int
  ) throws(MPIError) {
    requireRank(root, "the root")
    try meet()
    guard let handle else { return }
    try unsafe values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      for part in parts(of: buffer.indices) {
        let start = unsafe buffer.baseAddress.map { unsafe $0 + part.lowerBound }
        try check(
          "MPI_Bcast",
          unsafe cmpi_broadcast(
            start, Int32(part.count), Element.messageType.raw, Int32(root), handle))
      }
    }
  }

  /// The values of `root`; only `root` needs to know their number.
  ///
  /// - Parameters:
  ///   - values: what `root` gives; ignored on the other ranks.
  ///   - root: the rank that gives.
  /// - Returns: the values of `root`, on every rank.
  /// - Throws: ``MPIError``.
  public func broadcast<Element: MPIElement>(
    _ values: [Element], from root: Int
  ) throws(MPIError) -> [Element] {
    var count = [Int64(values.count)]
    var countSpan = count.mutableSpan
    try broadcast(&countSpan, from: root)
    var result = rank == root ? values : Array(repeating: .zero, count: Int(count[0]))
    var span = result.mutableSpan
    try broadcast(&span, from: root)
    return result
  }
}

extension Communicator {
  /// Gives every rank the pieces of all ranks, inside one buffer that all of them hold.
  ///
  /// - Parameters:
  ///   - values: (n) on entry piece ``rank`` holds this rank's own elements; on return every piece
  ///     holds its owner's. Elements outside the pieces are unchanged.
  ///   - pieces: one range of `values` a rank, ascending, empty ones allowed; the same table on
  ///     every rank. Traps if two overlap or one leaves the buffer.
  /// - Throws: ``MPIError``.
  /// - Note: Source: MPI 3.1, section 5.7.
  public func allGatherV<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, pieces: [Range<Int>]
  ) throws(MPIError) {
    requirePieces(pieces, count: values.count, disjoint: true, "gathered")
    try meet()
    guard let handle else { return }
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
        unsafe cmpi_all_gather(
          start, counts, displacements, Element.messageType.raw, handle))
    }
  }

  /// Every owner broadcasts its piece: for tables that do not fit in 32 bits.
  private func broadcastPieces<Element: MPIElement>(
    _ values: inout MutableSpan<Element>, _ pieces: [Range<Int>]
  ) throws(MPIError) {
    guard let handle else { return }
    try unsafe values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      for (owner, piece) in pieces.enumerated() {
        for part in parts(of: piece) {
          let start = unsafe buffer.baseAddress.map { unsafe $0 + part.lowerBound }
          try check(
            "MPI_Bcast",
            unsafe cmpi_broadcast(
              start, Int32(part.count), Element.messageType.raw, Int32(owner), handle))
        }
      }
    }
  }

  /// The values of all ranks, in rank order, on every rank; lengths may differ.
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
