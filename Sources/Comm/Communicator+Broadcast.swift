import CMPI

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
    guard let handle = unsafe handle else { return }
    try unsafe values.withUnsafeMutableBufferPointer { buffer throws(MPIError) in
      for part in parts(of: buffer.indices) {
        let start = unsafe buffer.baseAddress.map { unsafe $0 + part.lowerBound }
        try check(
          "MPI_Bcast",
          unsafe MPI_Bcast(
            start, Int32(part.count), Element.messageType.raw, Int32(root), handle))
      }
    }
  }

  /// The values of `root`, of any length that only `root` need know.
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
