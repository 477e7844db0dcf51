import Checkpoints
import Configuration
public import Datasets
import Foundation
import Platform
import Train

/// A set of text that was packed into shards, read back and found whole.
public struct PreparedText: Sendable, Encodable {
  /// The folder.
  public let path: String
  /// The files in order.
  public let shards: [String]
  /// Bytes of all files.
  public let bytes: Int
  /// Sequences of the set.
  public let sequences: Int
  /// Tokens of a sequence.
  public let sequenceLength: Int
  /// Documents with text.
  public let documents: Int
  /// Tokens of text; special ones are not counted.
  public let tokens: Int
  /// Unknown ones among them.
  public let unknownTokens: Int
  /// What the vocabulary is.
  public let vocabulary: String
  /// Its pieces.
  public let vocabularyPieces: Int
  /// The SHA-256 of its file.
  public let vocabularySha256: String
  /// The digest of the tokens.
  public let datasetSha256: String

  /// Prepares a set and verifies what was written; the other parameters are those of
  /// `TextPreparation.run`.
  ///
  /// - Parameters:
  ///   - preparation: what is to be written.
  ///   - path: the folder to make; those above it are made too.
  ///   - replacing: whether an older set in the folder may go.
  ///   - stage: receives what comes next.
  ///   - progress: receives the bytes of text read.
  /// - Throws: ``CommandError`` with exit code 64 if the folder is in use, 65 if the text or the
  ///   vocabulary is at fault, 74 if reading or writing fails.
  public init(
    _ preparation: TextPreparation, in path: String, replacing: Bool,
    stage: (TextPreparation.Stage) -> Void, progress: (Int) -> Void
  ) throws {
    let made = try makeFolder(above: path)
    let counts: TextCounts
    do {
      counts = try preparation.run(
        in: path, replacing: replacing, stage: stage, progress: progress)
    } catch {
      made.removeIfEmpty()
      throw error.code == .exists
        ? CommandError("\(error)", exitCode: .usage) : CommandError(describing: error)
    }
    let written = try TextSource(files: [path])
    guard try written.computeDigest() == written.digest else {
      throw CommandError(
        "\(path): the shards differ from what was written; check the disk and prepare them again",
        exitCode: .inputOutput)
    }
    self.path = path
    shards = written.files
    bytes = try totalBytes(of: shards)
    sequences = written.count
    sequenceLength = written.sequenceLength
    documents = counts.documents
    tokens = counts.tokens
    unknownTokens = counts.unknownTokens
    vocabulary = written.vocabulary.kind
    vocabularyPieces = written.vocabulary.count
    vocabularySha256 = written.vocabulary.digest
    datasetSha256 = written.digest
  }

  /// Unknown tokens in proportion to all.
  public var unknownShare: Double { tokens == 0 ? 0 : Double(unknownTokens) / Double(tokens) }
}
