import Checkpoints
import Configuration
public import Datasets
import Foundation
import Platform
import Train

/// A data set that was packed into shards, read back and found equal.
public struct ShardedCopy: Sendable, Encodable {
  /// The folder.
  public let path: String
  /// The files in order.
  public let shards: [String]
  /// Bytes of all files.
  public let bytes: Int
  /// Samples of the set.
  public let samples: Int
  /// The largest label plus 1.
  public let classes: Int
  /// Planes of an image.
  public let channels: Int
  /// Rows and columns of an image.
  public let imageSize: [Int]
  /// The digest of the content; of a source of pixels it is the same.
  public let datasetSha256: String

  /// Packs all samples of `source` and verifies what was written.
  ///
  /// - Parameters:
  ///   - source: the samples.
  ///   - path: the folder to make; those above it are made too.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one sample does.
  ///   - replacing: whether older shards in the folder may go.
  ///   - unlocked: called with a folder and the reason if the file system has no locks.
  ///   - progress: receives the number of samples written; may throw to give up.
  /// - Throws: ``CommandError`` with exit code 64 if the folder is in use, 74 if it cannot be written.
  public init(
    of source: any ImageSource, in path: String, maximumShardBytes: Int, replacing: Bool,
    unlocked: (_ folder: String, _ reason: String) -> Void, progress: (Int) throws -> Void
  ) throws {
    let shards = try Self.makingFolders(above: path) {
      try ShardWriter.write(
        source, directory: path, maximumShardBytes: maximumShardBytes, replacing: replacing,
        unlocked: unlocked, progress: progress)
    }
    try self.init(verifying: shards, in: path, digest: source.digest)
  }

  /// Decodes the pictures of a preparation, or the rest of them after a kill, and verifies what was written.
  ///
  /// - Parameters:
  ///   - preparation: the pictures and what is done to them.
  ///   - path: the folder to make; those above it are made too.
  ///   - maximumShardBytes: the length that no shard exceeds, unless one picture does.
  ///   - replacing: whether older shards in the folder may go.
  ///   - unlocked: called with a folder and the reason if the file system has no locks.
  ///   - resuming: called with the number of shards of a killed preparation that are kept.
  ///   - progress: receives the number of pictures done; may throw to give up.
  /// - Throws: ``CommandError`` with exit code 64 if the folder is in use, 65 if a picture is at fault, 74
  ///   if reading or writing fails.
  public init(
    _ preparation: PixelPreparation, in path: String, maximumShardBytes: Int, replacing: Bool,
    unlocked: (_ folder: String, _ reason: String) -> Void, resuming: (_ shards: Int) -> Void,
    progress: (Int) throws -> Void
  ) throws {
    let shards = try Self.makingFolders(above: path) {
      let writer = try preparation.makeWriter(
        directory: path, maximumShardBytes: maximumShardBytes, replacing: replacing)
      if let reason = writer.lackOfLock { unlocked(writer.draftPath, reason) }
      if writer.keptShards > 0 { resuming(writer.keptShards) }
      try preparation.run(into: writer, progress: progress)
      return try writer.finish()
    }
    // Pictures are identified undecoded, so there is no digest to compare with but the shards' own.
    try self.init(verifying: shards, in: path, digest: nil)
  }

  /// What `write` returns, with the folders above `path` made for it, and gone again where it fails.
  private static func makingFolders(
    above path: String, _ write: () throws -> [String]
  ) throws -> [String] {
    let made = try makeFolder(above: path)
    do {
      return try write()
    } catch {
      made.removeIfEmpty()
      throw (error as? DatasetError).map(describe) ?? CommandError(describing: error)
    }
  }

  /// Reads `shards` back; `digest` is that of the source's pixels, where it is known.
  private init(verifying shards: [String], in path: String, digest: String?) throws {
    let written = try ShardSource(files: shards)
    guard digest ?? written.digest == written.digest,
      try written.computeDigest() == written.digest
    else {
      throw CommandError(
        "\(path): the shards differ from their source; check the disk and prepare them again",
        exitCode: .inputOutput)
    }
    self.path = path
    self.shards = shards
    bytes = try totalBytes(of: shards)
    samples = written.count
    classes = written.classCount
    channels = written.imageShape.channels
    imageSize = [written.imageShape.rows, written.imageShape.columns]
    datasetSha256 = written.digest
  }

  /// A fault of writing is one of the run, not of an input file.
  static func describe(_ error: DatasetError) -> CommandError {
    switch error.code {
    case .exists: CommandError("\(error)", exitCode: .usage)
    case .invalid: CommandError(describing: error)
    case .missing, .inputOutput: CommandError("\(error)", exitCode: .inputOutput)
    }
  }
}

/// The bytes of all `files`.
///
/// - Throws: `CocoaError` if one cannot be examined.
func totalBytes(of files: [String]) throws -> Int {
  try files.reduce(0) { sum, file in
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    return sum + (attributes[.size] as? Int ?? 0)
  }
}
