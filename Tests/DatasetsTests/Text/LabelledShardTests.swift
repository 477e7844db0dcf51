import TestSupport
import Testing

@testable import Datasets

@Suite("Shards of labelled text")
struct LabelledShardTests {
  private let folder: TemporaryFolder
  private let set: LabelledTextSource
  private let files: [String]

  init() throws {
    folder = try TemporaryFolder()
    let vocabulary = try folder.write(TextFixture.vocabularyFile(), to: "vocab.txt")
    let lines = TextFixture.text(lines: 30).split(separator: "\n")
    let table = lines.enumerated().map { "\(["no", "yes", "é"][$0 % 3])\t\($1)\n" }.joined()
    let file = try folder.write("label\ta\n" + table, to: "t.tsv")
    var preparation = ClassificationPreparation(
      training: [file], columns: TableColumns(label: "label", text: "a"), vocabulary: vocabulary)
    preparation.sequenceLength = 16
    // Ten samples of 60 bytes each, and 19 bytes of names.
    preparation.maximumShardBytes = 192 + 19 + 10 * 60
    _ = try preparation.run(in: folder.path + "/set")
    set = try LabelledTextSource(files: [folder.path + "/set/train"])
    files = set.files
  }

  private func change(_ file: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = try folder.read(file)
    body(&bytes)
    try folder.write(bytes, to: String(file.dropFirst(folder.path.count + 1)))
  }

  @Test("The samples come back in order, with the names of their classes")
  func roundTrip() throws {
    #expect(files.count == 3 && set.count == 30 && set.sequenceLength == 16)
    #expect(set.classNames == ["no", "yes", "é"] && set.task == .classification)
    #expect(try (0..<30).map { try set.sample($0).labels[0] } == (0..<30).map { Int32($0 % 3) })
    #expect(try (0..<30).map { try set.sample($0).example } == Array(0..<30))
  }

  @Test("Any changed byte of content is found by the digest", arguments: [192, 198, 211, 300, 810])
  func corrupted(offset: Int) throws {
    try change(files[1]) { $0[offset] ^= 0x10 }
    let error = #expect(throws: DatasetError.self) { _ = try LabelledTextSource(files: files) }
    #expect(error?.code == .invalid)
  }

  @Test("A changed byte of the header is found too, whichever it is", arguments: 0..<192)
  func corruptedHeader(offset: Int) throws {
    try change(files[1]) { $0[offset] ^= 0x10 }
    let error = #expect(throws: DatasetError.self) { _ = try LabelledTextSource(files: files) }
    #expect(error?.code == .invalid)
  }

  @Test("Labels, lengths and tokens that cannot be are named with their byte, without digests too")
  func impossible() throws {
    for (offset, value) in [(0, 62), (32, 17), (36, 1), (40, 3), (44, 1), (51, 128)] {
      let path = files[0]
      let bytes = try folder.read(path)
      try change(path) { $0[211 + offset] = UInt8(value) }
      let source = try LabelledTextSource(files: files, verifying: false)
      expectError(
        .invalid, path, offset: 211 + (offset < 32 ? offset : 32), mentions: "make the shard again"
      ) { _ = try source.sample(0) }
      try change(path) { $0 = bytes }
    }
  }

  @Test("Other files are refused by kind, a cut or longer shard by its end")
  func otherFiles() throws {
    let text = try folder.write("the walk", to: "text.txt")
    let plain = try TextFixture.prepare(
      [text], in: folder.path + "/plain", vocabulary: folder.path + "/vocab.txt")
    expectError(.invalid, plain.files[0], offset: 0, mentions: "shard of text", "prepare spans") {
      _ = try LabelledTextSource(files: plain.files)
    }
    expectError(.invalid, files[0], offset: 0, mentions: "a shard of labelled text") {
      _ = try TextSource(files: files)
    }
    try change(files[0]) { $0.removeLast() }
    expectError(.invalid, files[0], offset: 810, mentions: "early") {
      _ = try LabelledTextSource(files: files)
    }
  }

  @Test("A model of another length or vocabulary, and a set of other classes, are refused")
  func validation() throws {
    try set.validate(sequenceLength: 16, vocabularySize: 62)
    expectError(.invalid, files[0], offset: 12, mentions: "--sequence-length 32") {
      try set.validate(sequenceLength: 32, vocabularySize: 62)
    }
    expectError(.invalid, files[0], offset: 16, mentions: "62 pieces but the model has 64") {
      try set.validate(sequenceLength: 16, vocabularySize: 64)
    }
    try set.requireVocabulary(digest: set.vocabulary.digest, of: "runs/mlm")
    expectError(.invalid, files[0], offset: 64, mentions: "runs/mlm", "--weights") {
      try set.requireVocabulary(digest: String(repeating: "0", count: 64), of: "runs/mlm")
    }
    try set.requireVocabulary(set.vocabulary, of: "runs/mlm")
    let vocabulary = try folder.write(TextFixture.vocabularyFile(adding: ["more"]), to: "more.txt")
    let other = try Vocabulary(contentsOf: vocabulary)
    expectError(
      .invalid, set.vocabulary.file, mentions: String(set.vocabulary.digest.prefix(16)),
      "is not that of runs/mlm, which is \(vocabulary) (\(other.digest.prefix(16)))"
    ) { try set.requireVocabulary(other, of: "runs/mlm") }
    let file = try folder.write("label\ta\nno\tx\nyes\ty\n", to: "two.tsv")
    var preparation = ClassificationPreparation(
      training: [file], columns: TableColumns(label: "label", text: "a"),
      vocabulary: folder.path + "/vocab.txt")
    preparation.sequenceLength = 16
    _ = try preparation.run(in: folder.path + "/two")
    let two = try LabelledTextSource(files: [folder.path + "/two/train"])
    try set.requireSameMeaning(of: set)
    expectError(.invalid, two.files[0], offset: 192, mentions: "no, yes but those of", "no, yes, é")
    {
      try set.requireSameMeaning(of: two)
    }
    #expect(
      try Vocabulary(besideShards: [folder.path + "/two/train"]).digest == set.vocabulary.digest)
  }
}
