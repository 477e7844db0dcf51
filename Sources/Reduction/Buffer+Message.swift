package import Comm
import Kernels

extension FloatBuffer {
  /// The elements of `range` as a message to or from the rank `peer`.
  package func message(_ range: Range<Int>, with peer: Int) -> Message {
    unsafe Message(memory(range), owner: self, peer: peer)
  }
}

extension Buffer<BFloat16> {
  /// The elements of `range` as a message to or from the rank `peer`.
  package func message(_ range: Range<Int>, with peer: Int) -> Message {
    let memory = unsafe memory(range)
    // MPI has no name for bf16; it only moves the bits.
    let bits = unsafe UnsafeMutableRawPointer(memory.baseAddress)?
      .assumingMemoryBound(to: UInt16.self)
    return unsafe Message(
      UnsafeMutableBufferPointer(start: bits, count: memory.count), owner: self, peer: peer)
  }
}
