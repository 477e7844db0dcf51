/// The pieces of a WordPiece vocabulary as a tree of bytes, to find the longest one at a place.
///
/// The edges lie in one hash table, keyed by node and byte, so that a step is one look-up.
struct WordPieceTrie: Sendable {
  /// The prefix of a piece that continues a word.
  static let continuationMark = Array("##".utf8)

  /// The root of pieces that begin a word.
  static let wordStart: Int32 = 0

  /// The root of pieces that continue one.
  static let continuation: Int32 = 1

  private struct Edge {
    /// The node it leaves, shifted by 8 bits, and the byte; −1: none.
    var key: Int64 = -1
    var target: Int32 = 0
  }

  private var edges: [Edge]
  private let shift: UInt64

  /// For each node, the piece that ends there, or −1.
  private var pieceAtNode: [Int32] = [-1, -1]

  /// The tree of `pieces`, those after `##` under the second root.
  ///
  /// - Throws: ``DatasetError`` if there are more pieces than can be numbered.
  init(_ pieces: [String], file: String) throws(DatasetError) {
    let bytes = pieces.reduce(0) { $0 + $1.utf8.count }
    guard bytes < 1 << 28 else {
      throw DatasetError(
        .invalid, FileLocation(file), "a vocabulary of \(bytes) bytes; name a vocab.txt")
    }
    // At most half full, so that a search ends soon.
    var bits: UInt64 = 4
    while 1 << bits < 2 * bytes { bits += 1 }
    shift = 64 - bits
    edges = [Edge](repeating: Edge(), count: 1 << bits)
    for (number, piece) in pieces.enumerated() {
      let mark = Self.continuationMark
      let isContinuation = piece.utf8.starts(with: mark) && piece.utf8.count > mark.count
      var node = isContinuation ? Self.continuation : Self.wordStart
      for byte in piece.utf8.dropFirst(isContinuation ? mark.count : 0) {
        node = child(of: node, byte) ?? insert(node, byte)
      }
      pieceAtNode[Int(node)] = Int32(number)
    }
  }

  /// The longest piece below `root` that `word` continues with at `start`, and where it ends.
  func longestPiece(
    in word: borrowing [UInt8], from start: Int, root: Int32
  ) -> (piece: Int32, end: Int)? {
    var node = root
    var longest: (piece: Int32, end: Int)?
    var position = start
    while position < word.count, let next = child(of: node, word[position]) {
      node = next
      position += 1
      let piece = pieceAtNode[Int(node)]
      if piece >= 0 { longest = (piece, position) }
    }
    return longest
  }

  private func slot(_ key: Int64) -> Int {
    Int((UInt64(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15) >> shift)
  }

  private func child(of node: Int32, _ byte: UInt8) -> Int32? {
    let key = Int64(node) << 8 | Int64(byte)
    var slot = slot(key)
    while edges[slot].key >= 0 {
      if edges[slot].key == key { return edges[slot].target }
      slot = (slot + 1) & (edges.count - 1)
    }
    return nil
  }

  private mutating func insert(_ node: Int32, _ byte: UInt8) -> Int32 {
    let key = Int64(node) << 8 | Int64(byte)
    var slot = slot(key)
    while edges[slot].key >= 0 { slot = (slot + 1) & (edges.count - 1) }
    let child = Int32(pieceAtNode.count)
    edges[slot] = Edge(key: key, target: child)
    pieceAtNode.append(-1)
    return child
  }
}
