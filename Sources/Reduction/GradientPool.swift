package import Kernels
import Synchronization

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

  /// Gives a buffer back that nobody uses any more.
  package func give(_ buffer: FloatBuffer) {
    precondition(buffer.count == count, "buffer of \(buffer.count) in a pool of \(count)")
    free.withLock { $0.append(buffer) }
  }
}
