import Checkpoints
import Configuration
import Datasets
import Platform
import Train

/// The files of one set of labelled text, read back and found whole.
public struct WrittenSet: Sendable, Encodable {
  /// What it is for: `train`, `holdout` or `dev`.
  public let name: String
  /// Its folder.
  public let path: String
  /// Its shards, in order.
  public let shards: [String]
  /// Bytes of all shards.
  public let bytes: Int
  /// Its samples: texts, or windows.
  public let samples: Int
  /// The digest of the content.
  public let datasetSha256: String

  let vocabularySha256: String

  private enum CodingKeys: CodingKey {
    case name, path, shards, bytes, samples, datasetSha256
  }

  /// Reads the set in its folder below `directory` and computes its digest again.
  ///
  /// - Throws: ``CommandError`` (74) if it is not what was written.
  init(_ set: PreparedSet, in directory: String) throws {
    name = set.rawValue
    path = "\(directory)/\(set.rawValue)"
    let written = try LabelledTextSource(files: [path])
    if written.task.hasQuestions { _ = try written.questions() }
    guard try written.computeDigest() == written.digest else {
      throw CommandError(
        "\(path): the shards differ from what was written; check the disk and prepare them again",
        exitCode: .inputOutput)
    }
    shards = written.files
    bytes = try totalBytes(of: shards)
    samples = written.count
    datasetSha256 = written.digest
    vocabularySha256 = written.vocabulary.digest
  }

  /// Writes sets into `path` by `body`; the folders above it are made, and go again where nothing was written.
  ///
  /// - Throws: ``CommandError``.
  static func write<Report>(
    in path: String, _ body: () throws(DatasetError) -> Report
  ) throws(CommandError) -> Report {
    let made = try makeFolder(above: path)
    do throws(DatasetError) {
      return try body()
    } catch {
      made.removeIfEmpty()
      throw error.code == .exists
        ? CommandError("\(error)", exitCode: .usage) : CommandError(describing: error)
    }
  }
}

/// How long texts are in tokens.
public struct LengthSummary: Sendable, Encodable {
  /// The mean.
  public let mean: Double
  /// The length that half of them do not exceed.
  public let median: Int
  /// The length that 95 of 100 do not exceed.
  public let p95: Int
  /// The length that 99 of 100 do not exceed.
  public let p99: Int
  /// The longest.
  public let longest: Int

  init(_ counts: LengthCounts) {
    mean = counts.mean
    median = counts.quantile(0.5)
    p95 = counts.quantile(0.95)
    p99 = counts.quantile(0.99)
    longest = counts.longest
  }
}
