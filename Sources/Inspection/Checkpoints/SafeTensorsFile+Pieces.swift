package import Checkpoints

extension SafeTensorsFile {
  /// The most of a tensor that is held at once: a mebibyte, which is whole elements of any type.
  static let pieceBytes = 1 << 20

  /// The bytes of `tensor` from byte `start` on, ``pieceBytes`` of them or what is left.
  package func piece(of tensor: SafeTensor, at start: Int) throws(CheckpointError) -> [UInt8] {
    let count = min(Self.pieceBytes, tensor.bytes.count - start)
    var piece = [UInt8](repeating: 0, count: count)
    var span = piece.mutableSpan
    try readBytes(tensor.name, at: start, into: &span)
    return piece
  }
}
