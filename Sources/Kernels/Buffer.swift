import Glibc

/// Fixed storage for `count` numbers, aligned to a cache line and zero at first.
///
/// Weights, gradients and activations live in buffers. A buffer is a shared object: threads may work on disjoint ranges
/// of it at once, and the caller makes sure that they are disjoint.
@safe public final class Buffer<Element: Numeral>: @unchecked Sendable {
  /// Bytes to which the first element is aligned: one AVX-512 register, one cache line.
  public static var alignment: Int { 64 }

  /// The number of elements.
  public let count: Int

  let base: UnsafeMutablePointer<Element>

  /// The owner of memory that was lent to this buffer; nil if the buffer owns it.
  private let owner: (any AnyObject & Sendable)?

  /// Storage for `count` ≥ 0 zeros.
  public init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) numbers")
    self.count = count
    let bytes = Swift.max(count, 1) * MemoryLayout<Element>.stride
    if bytes >= MappedMemory.threshold {
      let memory = MappedMemory(bytes: bytes)
      owner = memory
      unsafe base = memory.start.bindMemory(to: Element.self, capacity: count)
    } else {
      owner = nil
      let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignment)
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      unsafe base = memory.bindMemory(to: Element.self, capacity: Swift.max(count, 1))
    }
  }

  /// A buffer on `memory`, with the numbers that are there; `owner` keeps it valid.
  ///
  /// - Precondition: `memory` begins at a multiple of ``alignment`` and is not empty.
  public init(_ memory: UnsafeMutableBufferPointer<Element>, owner: any AnyObject & Sendable) {
    guard let start = memory.baseAddress, memory.count > 0 else {
      preconditionFailure("a buffer in memory of \(memory.count) numbers")
    }
    precondition(
      Int(bitPattern: start) % Self.alignment == 0,
      "lent memory begins at an address that is not a multiple of \(Self.alignment)")
    count = memory.count
    unsafe base = unsafe start
    self.owner = owner
  }

  deinit {
    if owner == nil { unsafe base.deallocate() }
  }

  /// Lends the elements of `range` for reading.
  public func withSpan<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (Span<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    check(range)
    let elements = unsafe UnsafeBufferPointer(
      start: base + range.lowerBound, count: range.count)
    return try body(unsafe elements.span)
  }

  /// Lends the elements of `range` for writing.
  public func withMutableSpan<Result, Failure: Error>(
    _ range: Range<Int>, _ body: (inout MutableSpan<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    check(range)
    let elements = unsafe UnsafeMutableBufferPointer(
      start: base + range.lowerBound, count: range.count)
    var span = unsafe elements.mutableSpan
    return try body(&span)
  }

  /// The address of the elements of `range`, for a library that moves them; valid as long as the buffer lives.
  @unsafe public func memory(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Element> {
    check(range)
    return unsafe UnsafeMutableBufferPointer(start: base + range.lowerBound, count: range.count)
  }

  /// Sets the elements of `range` to zero.
  public func zero(_ range: Range<Int>) {
    check(range)
    let bytes = range.count * MemoryLayout<Element>.stride
    unsafe UnsafeMutableRawPointer(base + range.lowerBound)
      .initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  /// Copies the elements of `range` of `source` to this buffer, from element `start` on.
  ///
  /// - Precondition: the two ranges do not overlap if the buffers are the same.
  public func copy(_ range: Range<Int>, of source: Buffer, to start: Int) {
    source.check(range)
    check(start..<(start + range.count))
    unsafe UnsafeMutableRawPointer(base + start).copyMemory(
      from: source.base + range.lowerBound, byteCount: range.count * MemoryLayout<Element>.stride)
  }

  func check(_ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count,
      "range \(range) of a buffer of \(count) numbers")
  }
}

/// Storage for floats: weights, gradients, moments.
public typealias FloatBuffer = Buffer<Float>

/// Zeroed memory straight from the system, for large buffers.
///
/// Memory that is never written takes no room, and freed memory returns to the system at once; the heap would keep it.
/// Huge pages, where the system has them, save matrix products many address translations.
@safe final class MappedMemory: @unchecked Sendable {
  /// Memory of at least this many bytes is mapped.
  static let threshold = 1 << 18
  /// Memory of at least this many bytes, two huge pages, uses huge pages.
  private static let hugeThreshold = 1 << 22

  let start: UnsafeMutableRawPointer
  private let bytes: Int

  init(bytes: Int) {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let memory = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0),
      unsafe memory != MAP_FAILED
    else { preconditionFailure("no memory for \(bytes) bytes: mmap failed with error \(errno)") }
    if bytes >= Self.hugeThreshold {
      // A hint: without huge pages everything works, only slower.
      _ = unsafe madvise(memory, bytes, MADV_HUGEPAGE)
    }
    unsafe start = memory
    self.bytes = bytes
  }

  deinit {
    let status = unsafe munmap(start, bytes)
    precondition(status == 0, "munmap of \(bytes) bytes failed with error \(errno)")
  }
}
