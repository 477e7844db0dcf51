import TestSupport
import Testing

@testable import Datasets

/// Preparations of pictures that a kill has ended: here by dropping the writer, in `PicturePreparationTests` by SIGKILL.
@Suite("Resumed preparation of pictures")
struct ResumedPreparationTests {
  private let folder: TemporaryFolder
  private let source = MemoryPictures(
    files: (0..<12).map { greyPNG(UInt8(20 * $0), rows: 6, columns: 5 + $0 % 3) },
    labels: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  private let undisturbed: [[UInt8]]

  /// The room of three pictures or so.
  private static let shardBytes = 560

  private var draft: String { "\(folder.path)/.set.incomplete" }

  init() throws {
    folder = try TemporaryFolder()
    let whole = try Self.prepare(source, in: "\(folder.path)/whole")
    try #require(whole.files.count >= 4)
    undisturbed = try whole.files.map(folder.read)
  }

  private static func prepare(
    _ source: MemoryPictures, in path: String, skipping: Bool = false, shardBytes: Int = shardBytes
  ) throws -> (kept: Int, files: [String], census: PictureCensus) {
    let preparation = PicturePreparation(
      source, shortSide: nil, skipsUnreadable: skipping, threads: 1)
    let writer = try preparation.makeWriter(
      directory: path, maximumShardBytes: shardBytes, replacing: false)
    let census = try preparation.run(into: writer) { _ in }
    return (writer.keptShards, try writer.finish(), census)
  }

  /// Ends a preparation at the picture `sample`, which cannot be read.
  private func interrupt(at sample: Int, skipping: Bool = false) throws {
    var broken = source
    broken.failing = sample
    #expect(throws: DatasetError.self) {
      try Self.prepare(broken, in: "\(folder.path)/set", skipping: skipping)
    }
  }

  private func resume(
    _ source: MemoryPictures? = nil, skipping: Bool = false, shardBytes: Int = shardBytes
  ) throws -> (kept: Int, files: [String], census: PictureCensus) {
    try Self.prepare(
      source ?? self.source, in: "\(folder.path)/set", skipping: skipping, shardBytes: shardBytes)
  }

  @Test("Ended anywhere, it continues after its full shards, to the same bytes", arguments: 0..<12)
  func anywhere(sample: Int) throws {
    try interrupt(at: sample)
    let names = try folder.names(in: folder.path)
    #expect(names.contains(".set.incomplete") == (sample > 3), "\(names)")
    let result = try resume()
    #expect((result.kept > 0) == (sample > 3))
    #expect(try result.files.map(folder.read) == undisturbed)
    #expect(result.census.pictures == 12 && result.census.shortestSide == 5)
    #expect(try folder.names(in: folder.path) == ["set", "whole"])
    #expect(try folder.names(in: "\(folder.path)/set").allSatisfy { $0.hasSuffix(".shard") })
  }

  @Test("Ended twice, it keeps what both have finished")
  func twice() throws {
    try interrupt(at: 5)
    try interrupt(at: 10)
    let result = try resume()
    #expect(result.kept == 3)
    #expect(try result.files.map(folder.read) == undisturbed)
  }

  @Test("A shard that has changed is made again, with those behind it")
  func damaged() throws {
    for change in [{ $0[140] ^= 1 }, { $0.removeLast() }, { $0 = [] }] as [(inout [UInt8]) -> Void]
    {
      try interrupt(at: 10)
      var bytes = try folder.read("\(draft)/1.shard")
      change(&bytes)
      try folder.write(bytes, to: ".set.incomplete/1.shard")
      let result = try resume()
      #expect(result.kept == 1)
      #expect(try result.files.map(folder.read) == undisturbed)
      try folder.remove("\(folder.path)/set")
    }
    try interrupt(at: 10)
    try folder.remove("\(draft)/0.shard")
    #expect(try resume().kept == 0)
  }

  @Test("Shards of pictures that have changed are made again")
  func changed() throws {
    var other = source
    other.files[4] = greyPNG(7, rows: 6, columns: 6)
    try interrupt(at: 10)
    let result = try resume(other)
    #expect(result.kept == 1)
    let set = try ShardPictures(files: result.files)
    #expect((0..<12).map(set.bytes(of:)) == other.files)
    #expect(try set.digest == other.computedDigest())
  }

  @Test("With another size of shards or other names nothing is kept")
  func settings() throws {
    try interrupt(at: 10)
    #expect(try resume(shardBytes: 1000).kept == 0)
    try folder.remove("\(folder.path)/set")
    var renamed = source
    renamed.classNames = ["cat", "emu"]
    try interrupt(at: 10)
    #expect(try resume(renamed).kept == 0)
  }

  @Test("What was left out stays reported, and is checked again where nothing may be left out")
  func skipped() throws {
    var damaged = source
    damaged.files[1] = Array("GIF89a".utf8)
    damaged.failing = 10
    for skipping in [true, false] {
      #expect(throws: DatasetError.self) {
        try Self.prepare(damaged, in: "\(folder.path)/set", skipping: true)
      }
      var repaired = damaged
      repaired.failing = nil
      if skipping {
        let result = try resume(repaired, skipping: true)
        #expect(result.kept > 1 && result.census.pictures == 11)
        #expect(result.census.skipped.map(\.file) == ["memory/1.png"])
        try folder.remove("\(folder.path)/set")
      } else {
        expectError(.invalid, "memory/1.png", mentions: "a GIF picture") {
          _ = try resume(repaired)
        }
      }
    }
  }

  @Test("A record that is damaged or cut off is no obstacle", arguments: ["", "{", "[]"])
  func record(text: String) throws {
    try interrupt(at: 10)
    try folder.write(text, to: ".set.incomplete/preparation.json")
    try folder.write(text, to: ".set.incomplete/.preparation.json.new")
    let result = try resume()
    #expect(result.kept == 0)
    #expect(try result.files.map(folder.read) == undisturbed)
  }
}
