import TestSupport
import Testing

@testable import Datasets

@Suite("Preparation of text")
struct TextPreparationTests {
  private let folder: TemporaryFolder
  private let vocabulary: String
  private let files: [String]

  init() throws {
    folder = try TemporaryFolder()
    vocabulary = try folder.write(TextFixture.vocabularyFile(), to: "vocab.txt")
    files = try [
      folder.write(TextFixture.text(lines: 12) + "\n\n" + TextFixture.text(lines: 7), to: "1.txt"),
      folder.write(gzip(Array(TextFixture.text(lines: 25, seed: 3).utf8)), to: "2.txt.gz"),
    ]
  }

  private var target: String { folder.path + "/set" }

  private func content(_ path: String) throws -> [[UInt8]] {
    try folder.names(in: path).map { try folder.read("\(path)/\($0)") }
  }

  /// Prepares and ends when `lines` lines were read; the folder stays as a killed process leaves it.
  private func kill(afterLines lines: Int, _ preparation: TextPreparation) throws {
    let draft = try TextDraft(
      of: Folder(path: target), settings: try PreparationSettings(preparation), replacing: false)
    if try !draft.isBegun { try draft.begin(with: Vocabulary(contentsOf: vocabulary)) }
    let packing = try TextPacking(
      preparation, vocabulary: try draft.vocabulary(), draft: draft)
    var left = lines
    try packing.pack {
      left -= 1
      return left >= 0
    }
  }

  @Test(
    "Ended after any line and started again it leaves the same files",
    arguments: [0, 1, 5, 12, 13, 20, 21, 31, 44])
  func restart(lines: Int) throws {
    let preparation = TextPreparation(
      corpus: TextCorpus(files: files, documents: .blankLines), vocabulary: .file(vocabulary),
      sequenceLength: 16, maximumShardBytes: 160 + 5 * 32)
    let whole = try preparation.run(in: folder.path + "/whole")
    try kill(afterLines: lines, preparation)
    try kill(afterLines: lines / 2, preparation)
    #expect(try preparation.run(in: target) == whole)
    #expect(try content(target) == content(folder.path + "/whole"))
    #expect(try folder.names(in: folder.path).contains(".set.incomplete") == false)
  }

  @Test("Ended after the last shard, or between it and the move, it is completed")
  func ending() throws {
    let preparation = TextPreparation(
      corpus: TextCorpus(files: files), vocabulary: .file(vocabulary), sequenceLength: 16,
      maximumShardBytes: 160 + 5 * 32)
    let whole = try preparation.run(in: folder.path + "/whole")
    try kill(afterLines: 1_000, preparation)
    let draft = folder.path + "/.set.incomplete"
    try folder.rename(folder.path + "/whole", to: draft + "-2")
    let complete = try content(draft + "-2")
    #expect(try preparation.run(in: target) == whole)
    #expect(try content(target) == complete)
    try folder.remove(target)
    try folder.rename(draft + "-2", to: draft)
    #expect(try preparation.run(in: target) == whole)
    #expect(try content(target) == complete)
  }

  @Test("A preparation with other settings, or an existing set, is kept unless forced")
  func otherSettings() throws {
    func preparation(_ length: Int) -> TextPreparation {
      TextPreparation(
        corpus: TextCorpus(files: files), vocabulary: .file(vocabulary), sequenceLength: length,
        maximumShardBytes: 160 + 5 * 32)
    }
    try kill(afterLines: 30, preparation(16))
    let draft = folder.path + "/.set.incomplete"
    let begun = try content(draft)
    expectError(.exists, draft, mentions: "--force") { _ = try preparation(18).run(in: target) }
    #expect(try content(draft) == begun)
    _ = try preparation(18).run(in: target, replacing: true)
    #expect(try TextSource(files: [target]).sequenceLength == 18)
    expectError(.exists, target, mentions: "--force") { _ = try preparation(16).run(in: target) }
    _ = try preparation(16).run(in: target, replacing: true)
    #expect(try TextSource(files: [target]).sequenceLength == 16)
    // A file that has changed since is another text.
    try folder.remove(target)
    try kill(afterLines: 30, preparation(18))
    try folder.write(TextFixture.text(lines: 12), to: "1.txt")
    expectError(.exists, draft, mentions: "--force") { _ = try preparation(18).run(in: target) }
  }

  @Test("A folder with other files, or in use, is left alone")
  func taken() throws {
    let preparation = TextPreparation(
      corpus: TextCorpus(files: files), vocabulary: .file(vocabulary), sequenceLength: 16)
    _ = try preparation.run(in: target)
    let thesis = try folder.write([1], to: "set/thesis.txt")
    expectError(.exists, thesis, mentions: "stays") {
      _ = try preparation.run(in: target, replacing: true)
    }
    let other = folder.path + "/other"
    let draft = try TextDraft(
      of: Folder(path: other), settings: try PreparationSettings(preparation), replacing: false)
    expectError(.exists, folder.path + "/.other.incomplete", mentions: "another process") {
      _ = try preparation.run(in: other, replacing: true)
    }
    withExtendedLifetime(draft) {}
  }

  @Test("A finished shard that has changed, and a lost vocabulary, are reported")
  func changedDraft() throws {
    let preparation = TextPreparation(
      corpus: TextCorpus(files: files), vocabulary: .file(vocabulary), sequenceLength: 16,
      maximumShardBytes: 160 + 5 * 32)
    try kill(afterLines: 30, preparation)
    let draft = folder.path + "/.set.incomplete"
    let shard = try folder.read(draft + "/00000.shard")
    try folder.write(Array(shard.dropLast()), to: ".set.incomplete/00000.shard")
    expectError(.invalid, draft + "/00000.shard", offset: shard.count - 1, mentions: "--force") {
      _ = try preparation.run(in: target)
    }
    try folder.remove(draft + "/vocabulary.txt")
    expectError(.missing, draft, mentions: "--force") { _ = try preparation.run(in: target) }
  }

  @Test("Text without documents for the chosen split is refused, and leaves nothing behind")
  func noText() throws {
    let preparation = TextPreparation(
      corpus: TextCorpus(files: files, holdout: 9, split: .test), vocabulary: .file(vocabulary),
      sequenceLength: 16)
    expectError(.invalid, files[0], mentions: "no text", "--holdout") {
      _ = try preparation.run(in: target)
    }
    let bad = try folder.write(Array("walk\n".utf8) + [0xe2, 0x28], to: "bad.txt")
    expectError(.invalid, bad, offset: 5, mentions: "UTF-8") {
      _ = try TextFixture.prepare([files[0], bad], in: target, vocabulary: vocabulary)
    }
    #expect(try !folder.names(in: folder.path).contains("set"))
  }
}
