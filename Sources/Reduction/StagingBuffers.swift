package import Comm
package import Kernels
import Synchronization

/// Buffers in which messages arrive or wait, used again for later buckets.
final class StagingBuffers<Element: Numeral>: Sendable {
  private let free = Mutex<[Buffer<Element>]>([])

  /// A buffer of at least `count` elements, with any content.
  func take(_ count: Int) -> Buffer<Element> {
    let buffer = free.withLock { $0.popLast() }
    if let buffer, buffer.count >= count { return buffer }
    return Buffer(count: count)
  }

  /// Gives a buffer back.
  func give(_ buffer: Buffer<Element>) {
    free.withLock { $0.append(buffer) }
  }
}

/// Gradient-sized buffers that are used again from step to step.
package final class GradientPool: Sendable {
  private let count: Int
  private let free: Mutex<[FloatBuffer]>

  /// A pool of buffers of `count` elements, first `buffers`; it grows with what is taken.
  package init(count: Int, buffers: [FloatBuffer] = []) {
    self.count = count
    free = Mutex(buffers.reversed())
  }

  /// A buffer with any content.
  package func take() -> FloatBuffer {
    free.withLock { $0.popLast() } ?? FloatBuffer(count: count)
  }

  /// Returns a buffer that is no longer used.
  package func give(_ buffer: FloatBuffer) {
    precondition(buffer.count == count, "buffer of \(buffer.count) in a pool of \(count)")
    free.withLock { $0.append(buffer) }
  }
}

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
