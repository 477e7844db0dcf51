internal import Comm
internal import Kernels

extension FloatBuffer {
  /// The elements of `range` as a message to or from the rank `peer`.
  func message(_ range: Range<Int>, with peer: Int) -> Message {
    unsafe Message(memory(range), owner: self, peer: peer)
  }
}
