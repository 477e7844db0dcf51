import Checkpoints

/// Counts the elements of two tensors of one shape that differ.
struct TensorComparison {
  private(set) var differing = 0
  private(set) var notFinite = 0
  private(set) var greatest: TensorDifference.Greatest?

  /// Compares the elements of `tensor` in both files and adds to the counts.
  mutating func compare(
    _ tensor: SafeTensor, _ first: SafeTensorsFile, _ second: SafeTensorsFile
  ) throws(CheckpointError) {
    for start in stride(from: 0, to: tensor.bytes.count, by: SafeTensorsFile.pieceBytes) {
      let pieces = (
        try first.piece(of: tensor, at: start), try second.piece(of: tensor, at: start)
      )
      if pieces.0 == pieces.1 { continue }
      guard let type = tensor.type else {
        // The size of an element is not known, nor what its bits mean.
        let bytes = zip(pieces.0, pieces.1).count { $0 != $1 }
        differing += bytes
        notFinite += bytes
        continue
      }
      let size = type.size
      for byte in stride(from: 0, to: pieces.0.count, by: size) {
        let bits = (pieces.0[byte..<byte + size], pieces.1[byte..<byte + size])
        if bits.0 == bits.1 { continue }
        add(
          type.value(bits.0), type.value(bits.1), at: (start + byte) / size,
          tensor.shape)
      }
    }
  }

  private mutating func add(_ first: Double, _ second: Double, at element: Int, _ shape: [Int]) {
    differing += 1
    let difference = abs(first - second)
    guard difference.isFinite else {
      notFinite += 1
      return
    }
    if let greatest, greatest.difference >= difference { return }
    greatest = .init(
      difference: difference, place: Self.indices(of: element, shape), first: first, second: second)
  }

  /// The indices of the element that is number `element` in row-major order.
  private static func indices(of element: Int, _ shape: [Int]) -> [Int] {
    var rest = element
    var indices: [Int] = []
    for extent in shape.reversed() {
      indices.append(rest % extent)
      rest /= extent
    }
    return indices.reversed()
  }
}

extension SafeTensorsFile {
  /// The most of a tensor that is held at once: a mebibyte, which is whole elements of any type.
  static let pieceBytes = 1 << 20

  /// The bytes of `tensor` from byte `start` on, ``pieceBytes`` of them or what is left.
  func piece(of tensor: SafeTensor, at start: Int) throws(CheckpointError) -> [UInt8] {
    let count = min(Self.pieceBytes, tensor.bytes.count - start)
    var piece = [UInt8](repeating: 0, count: count)
    var span = piece.mutableSpan
    try readBytes(tensor.name, at: start, into: &span)
    return piece
  }
}
