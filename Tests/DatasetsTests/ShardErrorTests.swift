import Datasets
import TestSupport
import Testing

@Suite("Bad shards")
struct ShardErrorTests {
  private let folder: TemporaryFolder
  private let files: [String]

  init() throws {
    folder = try TemporaryFolder()
    files = try ShardWriter.write(
      MemorySource(), directory: folder.path + "/set", maximumShardBytes: 192)
  }

  private func change(_ file: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = try folder.read(file)
    body(&bytes)
    _ = try folder.write(bytes, to: String(file.dropFirst(folder.path.count + 1)))
  }

  @Test("Any changed byte of content is found by the digest", arguments: [128, 150, 180, 191])
  func corrupted(offset: Int) throws {
    try change(files[1]) { $0[offset] ^= 0x10 }
    expectError(.invalid, files[1], offset: 96, mentions: "SHA-256") {
      _ = try ShardSource(files: files)
    }
    #expect(try ShardSource(files: files, verifying: false).count == 10)
  }

  @Test("A changed byte of the header is found too, whichever it is", arguments: 0..<128)
  func corruptedHeader(offset: Int) throws {
    try change(files[1]) { $0[offset] ^= 0x10 }
    let error = #expect(throws: DatasetError.self) { _ = try ShardSource(files: files) }
    #expect(error?.code == .invalid)
  }

  @Test("A cut shard is refused at its end, a longer one at the first byte too many")
  func length() throws {
    try change(files[2]) { $0.removeLast() }
    expectError(.invalid, files[2], offset: 128 + 2 * 16 - 1, mentions: "early") {
      _ = try ShardSource(files: files)
    }
    try change(files[2]) { $0 += [0, 0] }
    expectError(.invalid, files[2], offset: 128 + 2 * 16, mentions: "other bytes") {
      _ = try ShardSource(files: files)
    }
    try change(files[2]) { $0.removeLast($0.count - 100) }
    expectError(.invalid, files[2], offset: 100, mentions: "header") {
      _ = try ShardSource(files: files)
    }
  }

  @Test("Another version and another kind of file are refused")
  func versionAndMagic() throws {
    try change(files[0]) { $0[8] = 2 }
    expectError(.invalid, files[0], offset: 8, mentions: "format 2") {
      _ = try ShardSource(files: files)
    }
    try change(files[0]) { $0[0] = 0 }
    expectError(.invalid, files[0], offset: 0) { _ = try ShardSource(files: files) }
  }

  @Test("A missing shard is named, the last one too", arguments: 0..<3)
  func missingShard(number: Int) {
    var others = files
    others.remove(at: number)
    expectError(.invalid, others[0], offset: 28, mentions: "shard \(number) of") {
      _ = try ShardSource(files: others)
    }
  }

  @Test("A shard named twice is refused")
  func twice() {
    expectError(.invalid, files[1], offset: 24, mentions: "twice") {
      _ = try ShardSource(files: files + [files[1]])
    }
  }

  @Test("Shards of two data sets do not mix")
  func mixed() throws {
    let other = try ShardWriter.write(
      MemorySource(classCount: 9), directory: folder.path + "/other", maximumShardBytes: 192)
    expectError(.invalid, other[1], offset: 64, mentions: "same data set") {
      _ = try ShardSource(files: [files[0], other[1], files[2]])
    }
  }

  @Test("A negative label is refused even without verification")
  func negativeLabel() throws {
    try change(files[0]) { $0[128 + 4 * 12 + 7] = 0xff }
    expectError(.invalid, files[0], offset: 128 + 4 * 12 + 4, mentions: "negative") {
      _ = try ShardSource(files: files, verifying: false)
    }
  }
}
