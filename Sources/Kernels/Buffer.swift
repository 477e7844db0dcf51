internal import Glibc

/// Fixed storage for `count` numbers, aligned to a cache line and zero at first.
///
/// The one place where weights, gradients and activations live. It is a shared object: threads may
/// work on disjoint ranges of it at once, and whoever divides the ranges answers for that.
@safe public final class Buffer<Element: Numeral>: @unchecked Sendable {
  /// Bytes to which the first element is aligned: one AVX-512 register, one cache line.
  public static var alignment: Int { 64 }

  /// The number of elements.
  public let count: Int

  let base: UnsafeMutablePointer<Element>

  private let mappedBytes: Int

  /// Storage for `count` ≥ 0 zeros.
  ///
  /// Memory that is never written to takes no room: large storage is mapped, in huge pages where
  /// the system has them, which spares the products many look-ups of addresses.
  public init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) numbers")
    self.count = count
    let bytes = Swift.max(count, 1) * MemoryLayout<Element>.stride
    if bytes >= Self.mappingThreshold {
      mappedBytes = bytes
      unsafe base = Self.map(bytes).bindMemory(to: Element.self, capacity: count)
    } else {
      mappedBytes = 0
      let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Self.alignment)
      unsafe raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      unsafe base = raw.bindMemory(to: Element.self, capacity: Swift.max(count, 1))
    }
  }

  deinit {
    if mappedBytes == 0 {
      unsafe base.deallocate()
    } else {
      let status = unsafe munmap(base, mappedBytes)
      precondition(status == 0, "munmap of \(mappedBytes) bytes failed with error \(errno)")
    }
  }

  /// From this many bytes on storage is mapped: two huge pages.
  private static var mappingThreshold: Int { 1 << 22 }

  private static func map(_ bytes: Int) -> UnsafeMutableRawPointer {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    guard let memory = unsafe mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0),
      unsafe memory != MAP_FAILED
    else { preconditionFailure("no memory for \(bytes) bytes: mmap failed with error \(errno)") }
    // A hint only: without huge pages all works as well, just slower.
    _ = unsafe madvise(memory, bytes, MADV_HUGEPAGE)
    return unsafe memory
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

  /// Sets the elements of `range` to zero.
  public func zero(_ range: Range<Int>) {
    check(range)
    let bytes = range.count * MemoryLayout<Element>.stride
    unsafe UnsafeMutableRawPointer(base + range.lowerBound)
      .initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  }

  /// Copies the elements of `range` of `source` to those that begin at `start` here.
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
