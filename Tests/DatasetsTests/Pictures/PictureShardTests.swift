import TestSupport
import Testing

@testable import Datasets

@Suite("Shards of pictures")
struct PictureShardTests {
  private let folder: TemporaryFolder
  private let source = MemoryPictures(
    files: (0..<7).map { greyPNG(UInt8($0), rows: 4, columns: 4 + $0) },
    labels: [0, 0, 0, 0, 1, 1, 1])

  init() throws {
    folder = try TemporaryFolder()
  }

  private func write(
    _ source: MemoryPictures, maximumShardBytes: Int = 1 << 20, to name: String = "set"
  ) throws -> [String] {
    let writer = try PictureShardWriter(
      directory: "\(folder.path)/\(name)", classNames: source.classNames,
      maximumShardBytes: maximumShardBytes, replacing: true)
    for sample in 0..<source.count {
      try writer.append(bytes: source.files[sample], label: source.labels[sample])
    }
    return try writer.finish()
  }

  @Test("What was written comes back, from one shard and from several", arguments: [1 << 20, 400])
  func roundTrip(maximumShardBytes: Int) throws {
    let files = try write(source, maximumShardBytes: maximumShardBytes)
    #expect((files.count == 1) == (maximumShardBytes > 400))
    for file in files where files.count > 1 {
      #expect(try folder.read(file).count <= maximumShardBytes)
    }
    for verifying in [true, false] {
      let set = try ShardPictures(files: files.reversed(), verifying: verifying)
      #expect(set.count == 7 && set.classNames == ["cat", "dog"] && set.classCount == 2)
      for sample in 0..<7 {
        #expect(set.bytes(of: sample) == source.files[sample])
        #expect(set.label(of: sample) == source.labels[sample])
      }
      #expect(try set.digest == source.computedDigest())
      #expect(set.digest == (try set.computedDigest()))
    }
  }

  @Test("Classes without names have the largest label's number")
  func unnamed() throws {
    var unnamed = source
    unnamed.classNames = nil
    let set = try ShardPictures(files: write(unnamed))
    #expect(set.classNames == nil && set.classCount == 2)
    #expect(try set.digest != source.computedDigest())
  }

  @Test("The configuration's format shards opens them too, as a folder")
  func opening() throws {
    _ = try write(source)
    guard
      case .pictures(let set) = try openImages(
        format: .shards, files: ["\(folder.path)/set"], split: .train)
    else {
      Issue.record("pixels")
      return
    }
    #expect(set.count == 7)
  }

  @Test("Damage is refused, whether or not digests are compared")
  func damage() throws {
    let path = try write(source)[0]
    let good = try folder.read(path)
    let ends = 128 + source.files.reduce(0) { $0 + $1.count }
    func expect(
      _ offset: Int, verifying: Bool = false, _ words: String, change: (inout [UInt8]) -> Void
    ) throws {
      var bytes = good
      change(&bytes)
      try folder.write(bytes, to: "set/00000-of-00001.shard")
      expectError(.invalid, path, offset: offset, mentions: words) {
        _ = try ShardPictures(files: [path], verifying: verifying)
      }
    }
    try expect(96, verifying: true, "SHA-256") { $0[130] ^= 1 }
    try expect(0, "not a shard of pictures") { $0[0] ^= 1 }
    try expect(8, "format 2") { $0[8] = 2 }
    try expect(100, "ends inside") { $0.removeLast($0.count - 100) }
    try expect(good.count - 1, "ends early") { $0.removeLast() }
    try expect(good.count, "other bytes follow") { $0.append(0) }
    try expect(12, "make no sense") { $0[32] = 0 }
    try expect(ends, "which makes no sense") { $0[ends + 3] = 1 }
    try expect(ends + 7 * 8 + 4, "not one of the 2 classes") { $0[ends + 7 * 8 + 4] = 2 }
    try expect(good.count - 8, "class names") { $0[good.count - 1] = 1 }
    try expect(good.count - 8, "class names") { $0[good.count - 2] = 0xff }
  }

  @Test("Shards of two sets are not mixed, and of pixels not with pictures")
  func mixed() throws {
    let files = try write(source, maximumShardBytes: 400)
    var other = source
    other.files[6] = greyPNG(99)
    let others = try write(other, maximumShardBytes: 400, to: "other")
    expectError(.invalid, others[1], offset: 64, mentions: "not of the same data set") {
      _ = try ShardPictures(files: [files[0], others[1]] + files.dropFirst(2))
    }
    expectError(.invalid, files[0], offset: 0, mentions: "a shard of pictures") {
      _ = try ShardSource(files: files)
    }
  }

  @Test("Nothing is left of a set that is not finished, or empty")
  func unfinished() throws {
    do {
      let writer = try PictureShardWriter(directory: "\(folder.path)/set", classNames: nil)
      try writer.append(bytes: [1], label: 0)
    }
    #expect(try folder.names(in: folder.path).isEmpty)
    let empty = try PictureShardWriter(directory: "\(folder.path)/set", classNames: nil)
    expectError(.invalid, "\(folder.path)/set", mentions: "empty") { _ = try empty.finish() }
  }
}

@Suite("Preparation of pictures")
struct PicturePreparationTests {
  private let folder: TemporaryFolder
  private var source: MemoryPictures

  init() throws {
    folder = try TemporaryFolder()
    source = MemoryPictures(
      files: try [
        PictureFixture.bytes("baseline-420-75.jpg"), greyPNG(5), PictureFixture.bytes("cmyk.jpg"),
        PictureFixture.bytes("turned-big.jpg"), PictureFixture.bytes("palette-4.png"),
        PictureFixture.bytes("alpha-lossy.webp"),
      ], labels: [0, 0, 0, 1, 1, 1])
  }

  private func prepare(
    _ source: MemoryPictures, shortSide: Int? = nil, skipping: Bool = false
  ) throws -> (census: PictureCensus, set: ShardPictures) {
    let writer = try PictureShardWriter(
      directory: "\(folder.path)/set", classNames: source.classNames, replacing: true)
    let preparation = PicturePreparation(
      source, shortSide: shortSide, skipsUnreadable: skipping, threads: 2)
    let census = try preparation.run(into: writer) { _ in }
    return (census, try ShardPictures(files: writer.finish()))
  }

  @Test("Files are stored as they are, and what they are is counted")
  func census() throws {
    let (met, set) = try prepare(source)
    #expect((0..<6).map(set.bytes(of:)) == source.files)
    #expect(met.pictures == 6 && met.jpeg == 3 && met.png == 2 && met.webp == 1)
    #expect(met.grey == 1 && met.cmyk == 1 && met.palette == 1 && met.transparent == 1)
    #expect(met.turnedByExif == 1 && met.misnamed == 4 && met.resized == 0)
    #expect(met.shortestSide == 4 && met.longestSide == 37 && met.skipped.isEmpty)
  }

  @Test("Large pictures are made smaller, the others stay as they are")
  func resize() throws {
    let (met, set) = try prepare(source, shortSide: 20)
    #expect(met.resized == 5 && set.bytes(of: 1) == source.files[1])
    let facts = try ImageDecoder.examine(set.bytes(of: 0), at: FileLocation("0"))
    #expect(facts.format == .jpeg && facts.rows == 20 && facts.columns == 25)
    #expect(facts.orientation == 1)
    let turned = try ImageDecoder.examine(set.bytes(of: 3), at: FileLocation("3"))
    #expect(turned.orientation == 3 && turned.rows == 20)
  }

  @Test("A picture that cannot be read ends it, or is left out and counted")
  func unreadable() throws {
    var damaged = source
    damaged.files[3].removeLast(2)
    damaged.files[1] = Array("GIF89a".utf8)
    expectError(.invalid, "memory/1.png", mentions: "a GIF picture") { _ = try prepare(damaged) }
    let (met, set) = try prepare(damaged, skipping: true)
    #expect(set.count == 4 && met.pictures == 4)
    #expect(met.skipped.map(\.file) == ["memory/1.png", "memory/3.png"])
    for sample in 3..<6 { damaged.files[sample] = [1] }
    expectError(.invalid, "memory/0.png", mentions: "class 'dog'") {
      _ = try prepare(damaged, skipping: true)
    }
  }
}
