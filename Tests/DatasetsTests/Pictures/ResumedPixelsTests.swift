import Imaging
import TestSupport
import Testing

@testable import Datasets

/// Preparations of pixels that a kill has ended: here by dropping the writer, in `PicturePreparationTests` by SIGKILL.
@Suite("Resumed preparation of pixels")
struct ResumedPixelsTests {
  private let folder: TemporaryFolder
  private let source = MemoryPictures(
    files: (0..<13).map { greyPNG(UInt8(19 * $0), rows: 6, columns: 5 + $0 % 3) },
    labels: [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1])
  private let undisturbed: [[UInt8]]

  /// The room of three samples of 4 × 4 pixels and their labels, and a header.
  private static let shardBytes = 128 + 3 * 20

  private var draft: String { "\(folder.path)/.set.incomplete" }

  init() throws {
    folder = try TemporaryFolder()
    let whole = try Self.prepare(source, in: "\(folder.path)/whole")
    try #require(whole.kept == 0 && whole.files.count == 5)
    undisturbed = try whole.files.map(folder.read)
  }

  private static func prepare(
    _ source: MemoryPictures, in path: String, cropFraction: Double = 1, threads: Int = 1,
    shardBytes: Int = shardBytes
  ) throws -> (kept: Int, files: [String]) {
    let fit = ImageFit(
      imageShape: ImageShape(channels: 1, rows: 4, columns: 4), cropFraction: cropFraction,
      interpolation: .bicubic)
    let preparation = PixelPreparation(FittedImages(source, fit: fit), threads: threads)
    let writer = try preparation.makeWriter(
      directory: path, maximumShardBytes: shardBytes, replacing: false)
    try preparation.run(into: writer) { _ in }
    return (writer.keptShards, try writer.finish())
  }

  /// Ends a preparation at the picture `sample`, which cannot be read.
  private func interrupt(at sample: Int) throws {
    var broken = source
    broken.failing = sample
    #expect(throws: DatasetError.self) { try Self.prepare(broken, in: "\(folder.path)/set") }
  }

  private func resume(
    _ source: MemoryPictures? = nil, cropFraction: Double = 1, shardBytes: Int = shardBytes
  ) throws -> (kept: Int, files: [String]) {
    try Self.prepare(
      source ?? self.source, in: "\(folder.path)/set", cropFraction: cropFraction,
      shardBytes: shardBytes)
  }

  @Test("Ended anywhere, it continues after its full shards, to the same bytes", arguments: 0..<13)
  func anywhere(sample: Int) throws {
    try interrupt(at: sample)
    let names = try folder.names(in: folder.path)
    // A shard is noted when the next picture comes.
    #expect(names.contains(".set.incomplete") == (sample >= 3), "\(names)")
    let result = try resume()
    #expect(result.kept == sample / 3)
    #expect(try result.files.map(folder.read) == undisturbed)
    #expect(try folder.names(in: folder.path) == ["set", "whole"])
    #expect(try folder.names(in: "\(folder.path)/set").allSatisfy { $0.hasSuffix(".shard") })
  }

  @Test("Ended twice, it keeps what both have finished")
  func twice() throws {
    try interrupt(at: 5)
    try interrupt(at: 11)
    let result = try resume()
    #expect(result.kept == 3)
    #expect(try result.files.map(folder.read) == undisturbed)
  }

  @Test("Several threads write what one writes")
  func threads() throws {
    let result = try Self.prepare(source, in: "\(folder.path)/set", threads: 4)
    #expect(try result.files.map(folder.read) == undisturbed)
  }

  @Test("What comes out is what the pictures give when they are asked for")
  func pixels() throws {
    try interrupt(at: 8)
    let set = try ShardSource(files: resume().files)
    let images = FittedImages(
      source,
      fit: ImageFit(
        imageShape: set.imageShape, cropFraction: 1, interpolation: .bicubic))
    #expect(try set.digest == images.computeDigest())
    for sample in 0..<13 {
      #expect(try set.pixelArray(of: sample) == images.pixelArray(of: sample))
    }
  }

  @Test("A shard that has changed is made again, with those behind it")
  func damaged() throws {
    for change in [{ $0[140] ^= 1 }, { $0.removeLast() }, { $0 = [] }] as [(inout [UInt8]) -> Void]
    {
      try interrupt(at: 11)
      var bytes = try folder.read("\(draft)/1.shard")
      change(&bytes)
      try folder.write(bytes, to: ".set.incomplete/1.shard")
      let result = try resume()
      #expect(result.kept == 1)
      #expect(try result.files.map(folder.read) == undisturbed)
      try folder.remove("\(folder.path)/set")
    }
    try interrupt(at: 11)
    try folder.remove("\(draft)/0.shard")
    #expect(try resume().kept == 0)
  }

  @Test("Shards of pictures that have changed, or are gone, are made again")
  func changed() throws {
    var other = source
    other.files[4] = greyPNG(7, rows: 6, columns: 6)
    try interrupt(at: 11)
    let result = try resume(other)
    #expect(result.kept == 1)
    let whole = try Self.prepare(other, in: "\(folder.path)/other")
    #expect(try result.files.map(folder.read) == whole.files.map(folder.read))
    try folder.remove("\(folder.path)/set")
    var shorter = source
    shorter.files.removeLast(7)
    shorter.labels.removeLast(7)
    try interrupt(at: 11)
    #expect(try resume(shorter).kept == 1)
  }

  @Test("With another size of shards or another crop nothing is kept")
  func settings() throws {
    try interrupt(at: 11)
    #expect(try resume(shardBytes: 168).kept == 0)
    try folder.remove("\(folder.path)/set")
    try interrupt(at: 11)
    #expect(try resume(cropFraction: 0.8).kept == 0)
  }

  @Test("Leftovers of a preparation of pictures are not used for pixels, and the other way round")
  func otherKind() throws {
    var broken = source
    broken.failing = 11
    let path = "\(folder.path)/set"
    func preparePictures(_ source: MemoryPictures) throws -> Int {
      let preparation = PicturePreparation(
        source, shortSide: nil, skipsUnreadable: false, threads: 1)
      let writer = try preparation.makeWriter(
        directory: path, maximumShardBytes: 400, replacing: false)
      _ = try preparation.run(into: writer) { _ in }
      _ = try writer.finish()
      return writer.keptShards
    }
    #expect(throws: DatasetError.self) { try preparePictures(broken) }
    try #require(try folder.names(in: draft).contains("preparation.json"))
    let result = try resume()
    #expect(result.kept == 0)
    #expect(try result.files.map(folder.read) == undisturbed)
    try folder.remove(path)
    try interrupt(at: 11)
    try #require(try folder.names(in: draft).contains("preparation.json"))
    #expect(try preparePictures(source) == 0)
  }
}
