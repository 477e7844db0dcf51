import CMappings
import Glibc

/// The content of a file, read-only: mapped where it is plain, unpacked into memory where gzipped.
///
/// A mapped file costs no memory of the process and is shared by all ranks of a machine where its file
/// system can share it. It must not be cut short while it is in use: the process then ends with a line
/// that names it, and 65.
@safe final class MappedBytes: @unchecked Sendable {
  let file: String
  let count: Int

  /// Whether the file was gzipped, so that offsets count unpacked bytes.
  let isUnpacked: Bool

  private let memory: Memory

  /// The content of the file at `path`, whichever way it is stored.
  convenience init(contentsOf path: String) throws(DatasetError) {
    let file = try OpenFile(reading: path)
    let size = try file.size()
    // No plain format here begins like gzip, so the two bytes decide.
    if try file.read(at: 0, limit: 2) == [0x1f, 0x8b] {
      try self.init(unpacking: file, size: size)
    } else {
      try self.init(mapping: file, size: size)
    }
  }

  private init(mapping file: OpenFile, size: Int) throws(DatasetError) {
    self.file = file.path
    count = size
    isUnpacked = false
    memory = try Memory(size: size, descriptor: file.descriptor, path: file.path)
  }

  private convenience init(unpacking file: OpenFile, size: Int) throws(DatasetError) {
    // The trailer's last word is the unpacked size, but for several members or 4 GiB: a first guess.
    // Damaged it may be any number, so it is believed as far as deflate can pack, which is 1032 to 1.
    let trailer = try file.read(at: max(size - 4, 0), limit: 4)
    let guess = min(trailer.reversed().reduce(0) { $0 << 8 | Int($1) }, 1_032 * size)
    var position = 0
    try self.init(unpacking: file.path, sizeGuess: guess) { () throws(DatasetError) in
      let chunk = try file.read(at: position, limit: 1 << 18)
      position += chunk.count
      return chunk
    }
  }

  /// The unpacked content of the gzip stream that `nextChunk` returns piece by piece.
  init(
    unpacking file: String, sizeGuess: Int, nextChunk: @escaping () throws(DatasetError) -> [UInt8]
  ) throws(DatasetError) {
    let reader = try GzipReader(file: file, nextChunk: nextChunk)
    // One byte more than needed lets the last read see the end.
    var memory = try Memory(size: sizeGuess + 1, descriptor: nil, path: file)
    var filled = 0
    while true {
      let count = try unsafe reader.read(into: memory.bytes(from: filled))
      if count == 0 { break }
      filled += count
      if filled == memory.size {
        let larger = try Memory(size: 2 * filled, descriptor: nil, path: file)
        withExtendedLifetime(memory) {
          unsafe larger.bytes(from: 0).copyMemory(from: .init(memory.bytes(from: 0)))
        }
        memory = larger
      }
    }
    self.file = file
    self.count = filled
    self.isUnpacked = true
    self.memory = memory
  }

  /// The memory that the content takes, which is none if it is mapped.
  var memoryBytes: Int { isUnpacked ? count : 0 }

  /// The byte at `offset`, which is below `count`.
  subscript(offset: Int) -> UInt8 {
    precondition(0 <= offset && offset < count, "byte \(offset) of \(count)")
    return unsafe memory.bytes(from: offset)[0]
  }

  /// Copies bytes from `offset` on until `target` is full.
  func copy(from offset: Int, into target: inout MutableSpan<UInt8>) {
    let length = target.count
    precondition(
      0 <= offset && offset + length <= count, "\(length) bytes from \(offset) of \(count)")
    unsafe target.withUnsafeMutableBytes { buffer in
      unsafe buffer.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: memory.bytes(from: offset)[..<length]))
    }
  }

  /// Lends the `length` bytes from `offset` on.
  func withBytes(from offset: Int, count length: Int, _ body: (Span<UInt8>) -> Void) {
    precondition(
      0 <= offset && 0 <= length && offset + length <= count,
      "\(length) bytes from \(offset) of \(count)")
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory.bytes(from: offset)[..<length])
    unsafe body(bytes.assumingMemoryBound(to: UInt8.self).span)
  }

  /// The little-endian number of `length` bytes at `offset`; one beyond `Int` is returned as −1.
  func number(at offset: Int, bytes length: Int) -> Int {
    let value = (0..<length).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(self[offset + $1]) }
    return Int(exactly: value) ?? -1
  }

  /// The `length` bytes from `offset` on.
  func bytes(from offset: Int, count length: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: length)
    var span = bytes.mutableSpan
    copy(from: offset, into: &span)
    return bytes
  }

  /// Hands over all bytes from `offset` on, a mebibyte at a time.
  func forEachPiece(from offset: Int, _ body: ([UInt8]) -> Void) {
    let pieceBytes = 1 << 20
    for start in stride(from: offset, to: count, by: pieceBytes) {
      body(bytes(from: start, count: min(pieceBytes, count - start)))
    }
  }

  /// The place of the byte at `offset`.
  func location(_ offset: Int) -> FileLocation {
    FileLocation(file, offset: offset, isUnpacked: isUnpacked)
  }
}

/// Pages from the system: of a file, or fresh ones that cost nothing until they are written.
@safe private final class Memory {
  let size: Int
  private let base: UnsafeMutableRawPointer?
  /// What was noted of a file's pages, for the case that they can no longer be read.
  private let note: OpaquePointer?

  init(size: Int, descriptor: Int32?, path: String) throws(DatasetError) {
    self.size = size
    guard size > 0 else {
      unsafe base = nil
      unsafe note = nil
      return
    }
    let pages: UnsafeMutableRawPointer? =
      if let descriptor {
        unsafe Self.pages(of: descriptor, size)
      } else {
        unsafe mmap(
          nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
      }
    guard unsafe pages != MAP_FAILED else { throw .system(path, "cannot map \(size) bytes") }
    unsafe base = pages
    unsafe note = descriptor == nil ? nil : cmapping_note(pages, size, path)
  }

  /// The pages of a file; private ones where the file system refuses to share them, as FUSE with direct_io and 9p do.
  ///
  /// Readers see no difference, but the ranks of a machine may each hold a copy.
  private static func pages(of descriptor: Int32, _ size: Int) -> UnsafeMutableRawPointer? {
    let shared = unsafe mmap(nil, size, PROT_READ, MAP_SHARED, descriptor, 0)
    guard unsafe shared == MAP_FAILED, errno == ENODEV else { return unsafe shared }
    return unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
  }

  deinit {
    guard let base = unsafe base else { return }
    unsafe cmapping_forget(note)
    let status = unsafe munmap(base, size)
    precondition(status == 0, "pages that were mapped cannot be unmapped: error \(errno)")
  }

  func bytes(from offset: Int) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(
      start: base.map { unsafe $0 + offset }, count: size - offset)
  }
}
