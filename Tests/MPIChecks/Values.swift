import Comm

/// Floats that stay where they are, for messages.
@safe final class Values: @unchecked Sendable {
  private let memory: UnsafeMutableBufferPointer<Float>

  /// `count` times minus one.
  init(count: Int) {
    unsafe memory = .allocate(capacity: count)
    unsafe memory.initialize(repeating: -1)
  }

  deinit { unsafe memory.deallocate() }

  subscript(index: Int) -> Float {
    get { unsafe memory[index] }
    set { unsafe memory[index] = newValue }
  }

  /// The elements of `range` as a message to or from the rank `peer`.
  func message(_ range: Range<Int>, with peer: Int) -> Message {
    unsafe Message(
      UnsafeMutableBufferPointer(rebasing: memory[range]), owner: self, peer: peer)
  }
}
