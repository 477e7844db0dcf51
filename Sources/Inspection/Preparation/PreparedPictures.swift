import Checkpoints
import Configuration
public import Datasets
import Platform
import Train

/// A set of pictures that was packed into shards as they are, read back and found whole.
public struct PreparedPictures: Sendable, Encodable {
  /// The folder.
  public let path: String
  /// The files in order.
  public let shards: [String]
  /// Bytes of all files.
  public let bytes: Int
  /// Pictures of the set.
  public let samples: Int
  /// Classes of the set.
  public let classes: Int
  /// Their names; nil if the data have none.
  public let classNames: [String]?
  /// What was met among the pictures.
  public let met: PictureCensus
  /// The digest of pictures, labels and names.
  public let datasetSha256: String

  /// Packs the pictures of a preparation and verifies what was written.
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
    _ preparation: PicturePreparation, in path: String,
    maximumShardBytes: Int, replacing: Bool,
    unlocked: (_ folder: String, _ reason: String) -> Void, resuming: (_ shards: Int) -> Void,
    progress: (Int) throws -> Void
  ) throws {
    let made = try makeFolder(above: path)
    do {
      let writer = try preparation.makeWriter(
        directory: path, maximumShardBytes: maximumShardBytes, replacing: replacing)
      if let reason = writer.lackOfLock { unlocked(writer.draftPath, reason) }
      if writer.keptShards > 0 { resuming(writer.keptShards) }
      met = try preparation.run(into: writer, progress: progress)
      shards = try writer.finish()
    } catch {
      made.removeIfEmpty()
      throw (error as? DatasetError).map(ShardedCopy.describe) ?? CommandError(describing: error)
    }
    let written = try ShardPictures(files: shards)
    guard try written.computedDigest() == written.digest else {
      throw CommandError(
        "\(path): the shards differ from what was written; check the disk and prepare them again",
        exitCode: .inputOutput)
    }
    self.path = path
    bytes = try totalBytes(of: shards)
    samples = written.count
    classes = written.classCount
    self.classNames = written.classNames
    datasetSha256 = written.digest
  }
}
