import Datasets
import Glibc
import TestSupport
import Testing

@Suite("Shards")
struct ShardTests {
  private let folder: TemporaryFolder
  private let memory = MemorySource()

  init() throws {
    folder = try TemporaryFolder()
  }

  private var target: String { folder.path + "/set" }

  @Test("A set comes back the same for any size of shards", arguments: [1 << 30, 128 + 4 * 16, 1])
  func roundTrip(maximumShardBytes: Int) throws {
    let files = try ShardWriter.write(
      memory, directory: target, maximumShardBytes: maximumShardBytes)
    #expect(files.count == [1 << 30: 1, 192: 3, 1: 10][maximumShardBytes])
    let source = try ShardSource(files: files.reversed())
    #expect(source.count == 10)
    #expect(source.imageShape == memory.imageShape)
    #expect(source.classCount == 10)
    #expect(source.digest == (try memory.computeDigest()))
    #expect(source.digest == (try source.computeDigest()))
    for sample in 0..<10 {
      #expect(try source.pixelArray(of: sample) == memory.pixels(of: sample))
      #expect(source.label(of: sample) == memory.label(of: sample))
    }
    #expect(try files.allSatisfy { try folder.read($0).count <= max(maximumShardBytes, 144) })
  }

  @Test("The same samples have one digest as IDX, as digits and as shards of either")
  func equalDigests() throws {
    let digits = try DigitsSource(split: .test)
    let idx = try openPixels(
      format: .idx,
      files: [
        folder.write(idxImages(digits), to: "i"), folder.write(gzip(idxLabels(digits)), to: "l"),
      ], split: .test)
    let files = try ShardWriter.write(idx, directory: target, maximumShardBytes: 4096)
    let shards = try openPixels(format: .shards, files: files, split: .test)
    #expect(digits.digest == idx.digest)
    #expect(digits.digest == shards.digest)
  }

  @Test("A folder means the shards in it")
  func folderOfShards() throws {
    _ = try ShardWriter.write(memory, directory: target, maximumShardBytes: 192)
    let source = try openPixels(format: .shards, files: [target], split: .train)
    #expect(source.count == 10)
    expectError(.missing, folder.path) {
      _ = try openImages(format: .shards, files: [folder.path], split: .train)
    }
  }

  @Test("Equal sets are equal files, named by number, and nothing else is left behind")
  func files() throws {
    let first = try ShardWriter.write(memory, directory: target, maximumShardBytes: 192)
    let second = try ShardWriter.write(
      memory, directory: folder.path + "/other", maximumShardBytes: 192)
    #expect(try first.map { try folder.read($0) } == second.map { try folder.read($0) })
    #expect(
      try folder.names(in: target) == [
        "00000-of-00003.shard", "00001-of-00003.shard", "00002-of-00003.shard",
      ])
    #expect(try folder.names(in: folder.path) == ["other", "set"])
  }

  @Test("The header says what the shard holds")
  func header() throws {
    let files = try ShardWriter.write(memory, directory: target, maximumShardBytes: 192)
    let header = try ShardHeader(contentsOf: files[1])
    #expect(header.imageShape == memory.imageShape)
    #expect([header.shard, header.shardCount] == [1, 3])
    #expect([header.sampleCount, header.firstSample, header.totalCount] == [4, 4, 10])
  }

  @Test("Before the end nothing is there, and a dropped writer leaves nothing")
  func atomic() throws {
    var writer: ShardWriter? = try ShardWriter(
      directory: target, imageShape: memory.imageShape, maximumShardBytes: 192)
    for sample in 0..<6 {
      try writer?.append(pixels: memory.pixels(of: sample), label: 1)
    }
    #expect(try folder.names(in: folder.path) == [".set.incomplete"])
    writer = nil
    #expect(try folder.names(in: folder.path) == [])
  }

  @Test("A finished set is replaced only by force, and whole")
  func replacing() throws {
    _ = try ShardWriter.write(memory, directory: target, maximumShardBytes: 192)
    expectError(.exists, target, mentions: "force") {
      _ = try ShardWriter.write(memory, directory: target)
    }
    let other = MemorySource(count: 3)
    _ = try ShardWriter.write(other, directory: target, replacing: true)
    #expect(try folder.names(in: target) == ["00000-of-00001.shard"])
    #expect(try folder.names(in: folder.path) == ["set"])
    #expect(try openPixels(format: .shards, files: [target], split: .test).count == 3)
  }

  @Test("A replacement that was killed half-way does not stop the next one")
  func killedReplacement() throws {
    _ = try ShardWriter.write(memory, directory: folder.path + "/.set.replaced")
    _ = try ShardWriter.write(memory, directory: target)
    _ = try ShardWriter.write(memory, directory: target, replacing: true)
    #expect(try folder.names(in: folder.path) == ["set"])
  }

  @Test("Files of others are never removed")
  func othersFiles() throws {
    _ = try ShardWriter.write(memory, directory: target)
    let other = try folder.write([1], to: "set/thesis.txt")
    expectError(.exists, other) {
      _ = try ShardWriter.write(memory, directory: target, replacing: true)
    }
    #expect(try folder.read(other) == [1])
  }

  @Test("What a killed writer left goes with the next one")
  func leftovers() throws {
    let draft = folder.path + "/.set.incomplete"
    try #require(unsafe mkdir(draft, 0o755) == 0)
    try folder.write([1, 2, 3], to: ".set.incomplete/0.shard")
    try folder.write([1], to: ".set.incomplete/7.shard")
    _ = try ShardWriter.write(memory, directory: target)
    #expect(try folder.names(in: folder.path) == ["set"])
    #expect(try openPixels(format: .shards, files: [target], split: .test).count == 10)
  }

  @Test("What another process is writing stays, also by force", arguments: [false, true])
  func underWay(replacing: Bool) throws {
    let other = try ShardWriter(directory: target, imageShape: memory.imageShape)
    try other.append(pixels: memory.pixels(of: 0), label: 0)
    expectError(.exists, folder.path + "/.set.incomplete", mentions: "another process") {
      _ = try ShardWriter.write(memory, directory: target, replacing: replacing)
    }
    #expect(try other.finish().count == 1)
  }

  @Test("An empty set and a folder in a folder that is not there are refused")
  func cannotWrite() throws {
    let writer = try ShardWriter(directory: target, imageShape: memory.imageShape)
    expectError(.invalid, target, mentions: "empty") { _ = try writer.finish() }
    expectError(.missing, folder.path + "/none/.set.incomplete") {
      _ = try ShardWriter(directory: folder.path + "/none/set", imageShape: memory.imageShape)
    }
  }
}
