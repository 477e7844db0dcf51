import TestSupport
import Testing

@testable import Datasets

@Suite("SentencePiece", .timeLimit(.minutes(60)))
struct SentencePieceTests {
  private let folder: TemporaryFolder
  private let file: String

  init() throws {
    folder = try TemporaryFolder()
    let lines = try TextFixture.file("wordpiece.txt") + [0x0a]
    file = try folder.write(lines + Array(TextFixture.text(lines: 3_000).utf8), to: "text.txt")
  }

  private func learn(_ pieces: Int, sampleBytes: Int = 1 << 30) throws -> [UInt8] {
    try SentencePieceTraining(pieceCount: pieces, sampleBytes: sampleBytes)
      .learn(TextCorpus(files: [file])) { _ in }
  }

  @Test("Tokens are those of spm_encode")
  func againstCommand() async throws {
    let vocabulary = try Vocabulary(
      contentsOf: folder.write(learn(300), to: "vocabulary.model"))
    #expect(vocabulary.count == 300 && vocabulary.kind == "SentencePiece")
    let output = try Tool.run(
      "/usr/bin/spm_encode",
      ["--model=\(folder.path)/vocabulary.model", "--output_format=id", file])
    let expected = output.split(separator: "\n", omittingEmptySubsequences: false)
    let lines = try folder.read(file).split(separator: 10, omittingEmptySubsequences: false)
    #expect(expected.count > 3_000 && expected.count == lines.count)
    var encoder = try vocabulary.makeEncoder()
    for (line, tokens) in zip(lines, expected) {
      let text = String(decoding: line, as: UTF8.self)
      #expect(try encoder.encode(text).map(String.init).joined(separator: " ") == tokens, "\(text)")
    }
  }

  @Test("The same text gives the same model, with the special tokens in front")
  func learning() throws {
    let content = try learn(300)
    #expect(try learn(300) == content)
    let vocabulary = try Vocabulary(content: content, file: "model")
    #expect(vocabulary.pieces.prefix(5) == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    #expect(vocabulary.special.all == [0, 1, 2, 3, 4])
    #expect(vocabulary.ordinary == Array(5..<300))
    #expect(vocabulary.pieces.contains { $0.contains("M") }, "capitals stay")
  }

  @Test("A sample of the lines gives another model, and always the same one")
  func sampling() throws {
    let content = try learn(250, sampleBytes: 40_000)
    #expect(try learn(250, sampleBytes: 40_000) == content)
    #expect(try learn(250) != content)
  }

  @Test("Text that spells a special token out does not become one; decoding gives text back")
  func text() throws {
    let vocabulary = try Vocabulary(content: learn(300), file: "model")
    let line = "a quick [MASK] fox [SEP] the dog"
    let tokens = try vocabulary.tokens(line)
    #expect(tokens.allSatisfy { ![0, 2, 3, 4].contains($0) })
    let plain = "the quick brown fox jumps over"
    #expect(vocabulary.decode(try vocabulary.tokens(plain)) == plain)
    #expect(
      vocabulary.decode([2] + (try vocabulary.tokens("a fox")) + [4, 3, 0])
        == "[CLS] a fox [MASK] [SEP] [PAD]")
    let words = try vocabulary.tokens(plain).filter(vocabulary.startsWord)
    #expect(words.count == 6)
    let mark = try #require(vocabulary.pieces.firstIndex(of: "\u{2581}"))
    #expect(vocabulary.insideWord(Int32(mark)).isEmpty, "a mark alone is nothing inside a word")
    for token in vocabulary.ordinary where Int(token) != mark {
      let piece = vocabulary.pieces[Int(token)]
      let inside = String(piece.drop { $0 == "\u{2581}" })
      let isKnown = vocabulary.pieces.contains(inside)
      let expected = isKnown ? inside : piece
      #expect(vocabulary.insideWord(token).map { vocabulary.pieces[Int($0)] } == [expected])
    }
  }

  @Test("Too many pieces for the text, no text, and unreadable text have their own errors")
  func failures() throws {
    expectError(.invalid, file, mentions: "100000 pieces", "--vocabulary-size") {
      _ = try learn(100_000)
    }
    let blank = try folder.write(" \n\n", to: "blank.txt")
    expectError(.invalid, blank, mentions: "no text") {
      _ = try SentencePieceTraining(pieceCount: 100, sampleBytes: 1000)
        .learn(TextCorpus(files: [blank])) { _ in }
    }
    let bad = try folder.write([0x61, 0xff], to: "bad.txt")
    expectError(.invalid, bad, offset: 1, mentions: "UTF-8") {
      _ = try SentencePieceTraining(pieceCount: 100, sampleBytes: 1000)
        .learn(TextCorpus(files: [bad])) { _ in }
    }
  }

  @Test("A model without a mask token is refused, and so is half a model")
  func unusable() async throws {
    try Tool.run(
      "/usr/bin/spm_train",
      [
        "--input=\(file)", "--vocab_size=150", "--model_prefix=\(folder.path)/plain",
        "--minloglevel=2",
      ])
    let plain = folder.path + "/plain.model"
    expectError(.invalid, plain, mentions: "[PAD] or <pad>", "--vocabulary-size") {
      _ = try Vocabulary(contentsOf: plain)
    }
    let half = try folder.write(Array(learn(300).prefix(5_000)), to: "half.model")
    expectError(.invalid, half, mentions: "no SentencePiece model") {
      _ = try Vocabulary(contentsOf: half)
    }
  }
}
