import Kernels
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
