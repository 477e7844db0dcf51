import CMPI

extension Communicator {
  /// Sends every rank its piece of `values`, and takes in a piece from every rank.
  ///
  /// The messages go straight from and to the buffers, all at once. (`MPI_Alltoallv` would do the
  /// same, but is limited to 32-bit displacements and does not notice tables that disagree.)
  ///
  /// - Parameters:
  ///   - values: (n) what this rank gives.
  ///   - pieces: element `r` is the range of `values` that rank `r` is to get; may overlap, may be
  ///     empty.
  ///   - result: (m) receives the pieces; elements outside of them stay as they are.
  ///   - resultPieces: element `r` is where the piece from rank `r` goes: ascending, not
  ///     overlapping, as long as what rank `r` sends here.
  /// - Throws: ``MPIError``, also where a rank sent another count than this one expects.
  public func allToAllV<Element: MPIElement>(
    _ values: Span<Element>, pieces: [Range<Int>],
    into result: inout MutableSpan<Element>, pieces resultPieces: [Range<Int>]
  ) throws(MPIError) {
    requirePieces(pieces, count: values.count, disjoint: false, "sent")
    requirePieces(resultPieces, count: result.count, disjoint: true, "received")
    precondition(
      pieces[rank].count == resultPieces[rank].count,
      """
      rank \(rank) sends itself \(pieces[rank].count) elements, \
      expects \(resultPieces[rank].count)
      """
    )
    try unsafe values.withUnsafeBufferPointer { source throws(MPIError) in
      try unsafe result.withUnsafeMutableBufferPointer { target throws(MPIError) in
        _ = unsafe UnsafeMutableBufferPointer(rebasing: target[resultPieces[rank]])
          .update(fromContentsOf: source[pieces[rank]])
        var messages = MessagesUnderWay()
        // Each rank begins with its neighbour, so that not all of them begin with rank zero.
        for peer in (1..<size).map({ (rank + size - $0) % size }) {
          let piece = unsafe UnsafeMutableBufferPointer(rebasing: target[resultPieces[peer]])
          try unsafe messages.receive(piece, from: peer, tag: Self.collectiveTag, of: self)
        }
        for peer in (1..<size).map({ (rank + $0) % size }) {
          let piece = unsafe UnsafeBufferPointer(rebasing: source[pieces[peer]])
          try unsafe messages.send(piece, to: peer, tag: Self.collectiveTag, of: self)
        }
        try messages.wait(for: self)
      }
    }
  }
}
