import TestSupport
import Testing

@testable import Datasets

@Suite("Shards of text")
struct TextShardTests {
  private let folder: TemporaryFolder
  private let vocabulary: String
  private let text: String
  private let set: TextSource

  init() throws {
    folder = try TemporaryFolder()
    vocabulary = try folder.write(TextFixture.vocabularyFile(), to: "vocab.txt")
    text = try folder.write(TextFixture.text(lines: 20), to: "text.txt")
    set = try TextFixture.prepare([text], in: folder.path + "/set", vocabulary: vocabulary)
  }

  private func change(_ file: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = try folder.read(file)
    body(&bytes)
    try folder.write(bytes, to: String(file.dropFirst(folder.path.count + 1)))
  }

  private func sequences(_ source: TextSource) throws -> [[Int32]] {
    try (0..<source.count).map { try source.tokens(of: $0) }
  }

  @Test("The text comes back from the shards")
  func roundTrip() throws {
    #expect(set.files.count == (set.count + 9) / 10 && set.files.count > 3)
    #expect(set.sequenceLength == 16 && set.vocabulary.pieces == TextFixture.wordPieces)
    let tokens = try sequences(set).joined().filter { !set.vocabulary.special.all.contains($0) }
    let words = set.vocabulary.decode(tokens).replacing(" .", with: ".")
    #expect(words == (try folder.text(of: "text.txt")).replacing("\n", with: " ").dropLast())
  }

  @Test("The digest is that of the tokens, however they are cut", arguments: [1, 1000, 1 << 26])
  func digest(shardBytes: Int) throws {
    let other = try TextFixture.prepare(
      [text], in: folder.path + "/other", shardBytes: shardBytes, vocabulary: vocabulary)
    #expect(other.digest == set.digest)
    #expect(try other.computeDigest() == set.digest)
    #expect(try sequences(other) == sequences(set))
    #expect(
      other.files.count == [1: other.count, 1 << 26: 1][shardBytes, default: other.files.count])
    let longer = try TextFixture.prepare(
      [text], in: folder.path + "/longer", sequenceLength: 17, vocabulary: vocabulary)
    #expect(longer.digest != set.digest)
  }

  @Test("Vocabularies of more than 65,536 pieces take four bytes a token")
  func wide() throws {
    let more = (0..<70_000).map { "p\($0)" }
    let file = try folder.write(TextFixture.vocabularyFile(adding: more), to: "wide.txt")
    let text = try folder.write("p69999 walk p0", to: "wide-text")
    let wide = try TextFixture.prepare([text], in: folder.path + "/wide", vocabulary: file)
    #expect(try wide.tokens(of: 0).prefix(5) == [2, 70_061, 59, 62, 3])
    #expect(try wide.computeDigest() == wide.digest)
  }

  @Test("Any changed byte of content is found by the digest", arguments: [160, 200, 479])
  func corrupted(offset: Int) throws {
    try change(set.files[1]) { $0[offset] ^= 0x10 }
    expectError(.invalid, set.files[1], offset: 128, mentions: "SHA-256") {
      _ = try TextSource(files: set.files)
    }
    #expect(try TextSource(files: set.files, verifying: false).count == set.count)
  }

  @Test("A changed byte of the header is found too, whichever it is", arguments: 0..<160)
  func corruptedHeader(offset: Int) throws {
    try change(set.files[1]) { $0[offset] ^= 0x10 }
    let error = #expect(throws: DatasetError.self) { _ = try TextSource(files: set.files) }
    #expect(error?.code == .invalid)
  }

  @Test("A cut shard is refused at its end, a longer one at the first byte too many")
  func length() throws {
    try change(set.files[0]) { $0.removeLast() }
    expectError(.invalid, set.files[0], offset: 479, mentions: "early") {
      _ = try TextSource(files: set.files)
    }
    try change(set.files[0]) { $0 += [0, 0] }
    expectError(.invalid, set.files[0], offset: 480, mentions: "other bytes") {
      _ = try TextSource(files: set.files)
    }
    try change(set.files[0]) { $0.removeLast($0.count - 100) }
    expectError(.invalid, set.files[0], offset: 100, mentions: "header") {
      _ = try TextSource(files: set.files)
    }
  }

  @Test(
    "Other versions, other files, and image shards in place of text are refused, and vice versa")
  func otherFiles() throws {
    expectError(.invalid, set.files[0], offset: 0, mentions: "text", "images") {
      _ = try ShardSource(files: set.files)
    }
    let images = try ShardWriter.write(MemorySource(), directory: folder.path + "/images")
    expectError(.invalid, images[0], offset: 0, mentions: "not a shard of text") {
      _ = try TextSource(files: images)
    }
    try change(set.files[0]) { $0[8] = 2 }
    expectError(.invalid, set.files[0], offset: 8, mentions: "format 2") {
      _ = try TextSource(files: set.files)
    }
  }

  @Test("A missing shard is named, and one of another set or named twice is refused")
  func sets() throws {
    expectError(.invalid, set.files[0], offset: 28, mentions: "shard 1 of") {
      _ = try TextSource(files: set.files.filter { $0 != set.files[1] })
    }
    expectError(.invalid, set.files[1], offset: 24, mentions: "twice") {
      _ = try TextSource(files: set.files + [set.files[1]])
    }
    let text = try folder.write(TextFixture.text(lines: 20, seed: 2), to: "text2.txt")
    let other = try TextFixture.prepare([text], in: folder.path + "/b", vocabulary: vocabulary)
    expectError(.invalid, other.files[1], offset: 64, mentions: "same data set") {
      _ = try TextSource(files: [set.files[0], other.files[1]])
    }
    expectError(.missing, folder.path, mentions: "prepare") {
      _ = try TextSource(files: [folder.path])
    }
  }

  @Test("The vocabulary beside the shards is theirs, or is refused")
  func vocabularyBeside() throws {
    let file = folder.path + "/set/vocabulary.txt"
    try change(file) { $0 += Array("more\n".utf8) }
    expectError(.invalid, file, mentions: set.files[0], String(set.vocabulary.digest.prefix(16))) {
      _ = try TextSource(files: set.files)
    }
    try folder.remove(file)
    expectError(.missing, folder.path + "/set", mentions: "vocabulary.txt") {
      _ = try TextSource(files: set.files)
    }
  }

  @Test("A model with another length or vocabulary size is refused")
  func validation() throws {
    try set.validate(sequenceLength: 16, vocabularySize: 62)
    expectError(.invalid, set.files[0], offset: 12, mentions: "16 tokens", "32") {
      try set.validate(sequenceLength: 32, vocabularySize: 62)
    }
    expectError(.invalid, set.files[0], offset: 16, mentions: "62 pieces", "64") {
      try set.validate(sequenceLength: 16, vocabularySize: 64)
    }
    let file = try folder.write(TextFixture.vocabularyFile(adding: ["more"]), to: "more.txt")
    let other = try TextFixture.prepare([text], in: folder.path + "/other", vocabulary: file)
    try set.requireVocabulary(of: set)
    expectError(.invalid, other.files[0], offset: 64, mentions: "--vocabulary") {
      try set.requireVocabulary(of: other)
    }
  }

  @Test("A token that the vocabulary does not have is named, also without verification")
  func tokenOutOfRange() throws {
    try change(set.files[1]) { $0[160 + 32 + 6] = 62 }
    let source = try TextSource(files: set.files, verifying: false)
    #expect(try source.tokens(of: 10).count == 16)
    expectError(.invalid, set.files[1], offset: 160 + 32 + 6, mentions: "token 62") {
      _ = try source.tokens(of: 11)
    }
  }
}
