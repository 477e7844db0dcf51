import CMPI

extension Communicator {
  /// Turns the return code of an MPI call into an error.
  func check(_ call: String, _ code: Int32) throws(MPIError) {
    try Self.check(call, rank: rank, code)
  }

  static func check(_ call: String, rank: Int?, _ code: Int32) throws(MPIError) {
    guard code != MPI_SUCCESS else { return }
    throw MPIError(call: call, code: code, text: words(for: code), rank: rank)
  }

  /// The library's words for an error code.
  private static func words(for code: Int32) -> String {
    let room = Int(MPI_MAX_ERROR_STRING)
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { text in
      var length: Int32 = 0
      guard unsafe MPI_Error_string(code, text.baseAddress, &length) == MPI_SUCCESS else {
        return "unknown error"
      }
      return unsafe String(
        decoding: text.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }

  /// Traps unless `rank` is one of this world.
  func requireRank(_ rank: Int, _ role: StaticString) {
    precondition(
      (0..<size).contains(rank), "\(role) is rank \(rank) in a world of \(size) ranks")
  }

  /// Traps unless `pieces` has one range a rank, all of them inside a buffer of `count` elements.
  func requirePieces(
    _ pieces: [Range<Int>], count: Int, disjoint: Bool, _ role: StaticString
  ) {
    precondition(
      pieces.count == size, "\(pieces.count) \(role) pieces for \(size) ranks")
    var end = 0
    for (owner, piece) in pieces.enumerated() where !piece.isEmpty {
      precondition(
        piece.lowerBound >= 0 && piece.upperBound <= count,
        "\(role) piece \(owner) is \(piece) of a buffer of \(count) elements")
      precondition(
        !disjoint || piece.lowerBound >= end,
        "\(role) piece \(owner) begins at \(piece.lowerBound), inside one that ends at \(end)")
      end = max(end, piece.upperBound)
    }
  }

  /// The cuts of `range` that fit into one message each; none of an empty range.
  func parts(of range: Range<Int>) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: partLimit).map {
      $0..<min($0 + partLimit, range.upperBound)
    }
  }
}
