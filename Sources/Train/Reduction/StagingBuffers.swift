internal import Kernels
internal import Synchronization

/// Buffers in which messages arrive, used again for later buckets.
final class StagingBuffers: Sendable {
  private let free = Mutex<[FloatBuffer]>([])

  /// A buffer of at least `count` elements, with any content.
  func take(_ count: Int) -> FloatBuffer {
    let buffer = free.withLock { $0.popLast() }
    if let buffer, buffer.count >= count { return buffer }
    return FloatBuffer(count: count)
  }

  /// Gives a buffer back.
  func give(_ buffer: FloatBuffer) {
    free.withLock { $0.append(buffer) }
  }
}
