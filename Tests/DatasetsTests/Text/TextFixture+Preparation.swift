@testable import Datasets

extension TextFixture {
  /// Prepares the text of `files` in `folder` as a set of small shards.
  @discardableResult
  static func prepare(
    _ files: [String], in folder: String, sequenceLength: Int = 16, shardBytes: Int = 160 + 10 * 32,
    vocabulary: String, documents: TextCorpus.Documents = .files, replacing: Bool = false
  ) throws -> TextSource {
    let preparation = TextPreparation(
      corpus: TextCorpus(files: files, documents: documents), vocabulary: .file(vocabulary),
      sequenceLength: sequenceLength, maximumShardBytes: shardBytes)
    _ = try preparation.run(in: folder, replacing: replacing)
    return try TextSource(files: [folder])
  }
}
