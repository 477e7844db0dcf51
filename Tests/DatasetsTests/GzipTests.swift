import TestSupport
import Testing

@testable import Datasets

@Suite("Gzip")
struct GzipTests {
  private let folder: TemporaryFolder
  private let content = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }

  init() throws {
    folder = try TemporaryFolder()
  }

  private func unpack(_ bytes: [UInt8]) throws -> [UInt8] {
    let file = try MappedBytes(contentsOf: folder.write(bytes, to: "file.gz"))
    #expect(file.isUnpacked)
    return file.bytes(from: 0, count: file.count)
  }

  @Test("Content longer than several pieces comes back whole")
  func long() throws {
    #expect(try unpack(gzip(content)) == content)
  }

  @Test("Several members are one content, though only the last one's size is known beforehand")
  func members() throws {
    #expect(try unpack(gzip(content) + gzip([1, 2, 3]) + gzip([])) == content + [1, 2, 3])
    #expect(try unpack(gzip([])) == [])
  }

  @Test(
    "A stream that ends early is refused, in its trailer too", arguments: [1, 4, 8, 9, 300_000])
  func truncated(missing: Int) throws {
    let whole = gzip(content)
    let path = try folder.write(Array(whole.dropLast(missing)), to: "file.gz")
    expectError(.invalid, path, offset: whole.count - missing, mentions: "cut off") {
      _ = try MappedBytes(contentsOf: path)
    }
  }

  @Test("Bytes after the stream are refused")
  func trailing() throws {
    let whole = gzip([1, 2, 3])
    for zeros in [0, 1, 700_000] {
      let padding = [UInt8](repeating: 0, count: zeros)
      let path = try folder.write(whole + padding + [1], to: "file.gz")
      expectError(.invalid, path, offset: whole.count + zeros, mentions: "other bytes") {
        _ = try MappedBytes(contentsOf: path)
      }
    }
  }

  @Test("Zeros that fill up the last block of a tape or an archive are skipped")
  func padding() throws {
    for zeros in [1, 511, 700_000] {
      let padding = [UInt8](repeating: 0, count: zeros)
      #expect(try unpack(gzip([1, 2]) + gzip([3]) + padding) == [1, 2, 3])
    }
  }

  @Test("A changed byte of content, checksum or length is refused", arguments: [20, -8, -1])
  func damaged(position: Int) throws {
    var bytes = gzip(Array(content.prefix(1000)))
    bytes[position < 0 ? bytes.count + position : position] ^= 0x40
    let path = try folder.write(bytes, to: "file.gz")
    let error = #expect(throws: DatasetError.self) { _ = try MappedBytes(contentsOf: path) }
    #expect(error?.code == .invalid)
    #expect(error?.description.contains("damaged") == true)
    #expect(error?.offset != nil)
  }
}
