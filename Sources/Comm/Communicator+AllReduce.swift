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
    guard let handle = unsafe handle else { return }
    try unsafe values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      for part in parts(of: buffer.indices) {
        let start = unsafe buffer.baseAddress.map { unsafe $0 + part.lowerBound }
        try check(
          "MPI_Allreduce",
          unsafe MPI_Allreduce(
            cmpi_in_place(), start, Int32(part.count), Element.messageType.raw, reduction.raw,
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
    try unsafe values.withUnsafeBufferPointer { source throws(MPIError) in
      try unsafe result.withUnsafeMutableBufferPointer { target throws(MPIError) in
        guard let handle = unsafe handle else {
          _ = unsafe target.update(fromContentsOf: source)
          return
        }
        for part in parts(of: source.indices) {
          let start = part.lowerBound
          try check(
            "MPI_Allreduce",
            unsafe MPI_Allreduce(
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
