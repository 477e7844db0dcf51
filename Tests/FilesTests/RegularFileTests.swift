import Files
import Glibc
import TestSupport
import Testing

@Suite("Regular files")
struct RegularFileTests {
  private let folder: TemporaryFolder
  private var path: String { "\(folder.path)/file" }

  init() throws {
    folder = try TemporaryFolder()
  }

  /// What a read of at most `limit` bytes gives.
  private func read(_ file: RegularFile, at offset: Int, limit: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 9, count: limit)
    var span = bytes.mutableSpan
    let count = try file.read(at: offset, into: &span)
    return Array(bytes.prefix(count))
  }

  @Test("What is written is read again, and less only where the file ends")
  func content() throws {
    let file = try RegularFile(path, for: .creating)
    let values: [UInt16] = [0x0201, 0x0403, 0x0605]
    try file.write(values.span, at: 1)
    #expect(try file.writeSome(of: values.span, from: 2, limit: 3, at: 7) == 3)
    try file.synchronize()
    #expect(try read(file, at: 0, limit: 20) == [0, 1, 2, 3, 4, 5, 6, 3, 4, 5])
    #expect(try read(file, at: 8, limit: 1) == [4])
    #expect(try read(file, at: 10, limit: 4) == [])
    let status = try file.status()
    #expect(status.isRegular && status.bytes == 10)
    try file.close()
    #expect(try folder.read(path) == [0, 1, 2, 3, 4, 5, 6, 3, 4, 5])
  }

  @Test("A purpose says what may be there, and what becomes of it")
  func purposes() throws {
    for purpose in [RegularFile.Purpose.reading, .updating] {
      #expect(throws: SystemCallError(call: "open", path: path, number: ENOENT)) {
        try RegularFile(path, for: purpose)
      }
    }
    try folder.write([1, 2, 3], to: "file")
    #expect(throws: SystemCallError(call: "open", path: path, number: EEXIST)) {
      try RegularFile(path, for: .creating)
    }
    #expect(try RegularFile(path, for: .reading).status().bytes == 3)
    #expect(try RegularFile(path, for: .updating).status().bytes == 3)
    #expect(try RegularFile(path, for: .replacing).status().bytes == 0)
  }

  @Test("A pipe without a writer is opened at once, and is not a regular file")
  func pipe() throws {
    #expect(unsafe mkfifo(path, 0o600) == 0)
    #expect(try !RegularFile(path, for: .reading).status().isRegular)
  }

  @Test("A failure names the call and the byte")
  func failures() throws {
    try folder.write([1, 2, 3], to: "file")
    let file = try RegularFile(path, for: .reading)
    #expect(throws: SystemCallError(call: "pwrite", path: path, number: EBADF, offset: 5)) {
      try file.write([UInt8(1)].span, at: 5)
    }
    let directory = try RegularFile(folder.path, for: .reading)
    #expect(throws: SystemCallError(call: "pread", path: folder.path, number: EISDIR, offset: 2)) {
      _ = try read(directory, at: 2, limit: 1)
    }
  }
}
