import TestSupport
import Testing

@testable import Datasets

@Suite("WordPiece")
struct WordPieceTests {
  @Test("Tokens are those of Hugging Face's tokenizers", arguments: ["uncased", "cased"])
  func againstTokenizers(name: String) throws {
    let vocabulary = try Vocabulary(
      content: TextFixture.file("wordpiece-\(name)-vocab.txt"), file: "vocab.txt")
    #expect(vocabulary.kind == "WordPiece, \(name)")
    let lines = try TextFixture.file("wordpiece.txt")
      .split(separator: 10, omittingEmptySubsequences: false)
    let expected = try TextFixture.file("wordpiece-\(name).ids")
      .split(separator: 10, omittingEmptySubsequences: false)
    #expect(lines.count == expected.count && lines.count > 20)
    for (line, tokens) in zip(lines, expected) {
      let text = String(decoding: line, as: UTF8.self)
      #expect(
        try vocabulary.tokens(text).map(String.init).joined(separator: " ")
          == String(decoding: tokens, as: UTF8.self), "\(text)")
    }
  }

  @Test("The longest piece is taken, from the front on, or the whole word is unknown")
  func greedy() throws {
    let vocabulary = try TextFixture.vocabulary()
    func pieces(_ text: String) throws -> [String] {
      try vocabulary.tokens(text).map { vocabulary.pieces[Int($0)] }
    }
    #expect(try pieces("walking the thing.") == ["walk", "##ing", "the", "t", "##h", "##ing", "."])
    #expect(try pieces("walkö walk") == ["walk", "##o", "walk"], "accents go")
    #expect(try pieces("walk! walk5 w") == ["walk", "[UNK]", "[UNK]", "w"])
    #expect(try pieces("[MASK]") == ["[UNK]", "m", "##a", "##s", "##k", "[UNK]"])
  }

  @Test("Equal characters of other bytes are other pieces")
  func canonicalEquivalents() throws {
    // Swift's strings take U+00C5, U+212B and A with U+030A for equal.
    let content = TextFixture.vocabularyFile(adding: [
      "\u{c5}", "\u{212b}", "A\u{30a}", "##\u{301}",
    ])
    let vocabulary = try Vocabulary(content: content, file: "vocab.txt")
    let first = Int32(TextFixture.wordPieces.count)
    #expect(try vocabulary.tokens("\u{212b} \u{c5} A\u{30a}") == [first + 1, first, first + 2])
    #expect(vocabulary.startsWord(first) && !vocabulary.startsWord(first + 3))
    #expect(vocabulary.decode([5, first + 3]).utf8.elementsEqual("a\u{301}".utf8))
  }

  @Test("Tokens become text again")
  func decoding() throws {
    let vocabulary = try TextFixture.vocabulary()
    #expect(vocabulary.decode(try vocabulary.tokens("The walking.")) == "the walking .")
    #expect(vocabulary.decode([2, 58, 4, 57, 3, 0]) == "[CLS] ing [MASK] the [SEP] [PAD]")
    #expect(vocabulary.decode([]) == "")
  }

  @Test("Vocabularies that cannot be used are named")
  func badVocabularies() throws {
    func expect(_ content: [UInt8], offset: Int? = nil, _ word: String) {
      expectError(.invalid, "vocab.txt", offset: offset, mentions: word) {
        _ = try Vocabulary(content: content, file: "vocab.txt")
      }
    }
    let good = TextFixture.vocabularyFile()
    #expect(try Vocabulary(content: good.dropLast(), file: "v").count == 62)
    expect(good + Array("the\n".utf8), offset: good.count, "line 63")
    expect(good + Array("\nx\n".utf8), offset: good.count, "empty")
    expect(good + [0xff], offset: good.count, "UTF-8")
    expect(Array(good.dropFirst("[PAD]\n".utf8.count)), "[PAD] or <pad>")
    expect(Array("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n".utf8), "only special tokens")
    expect([], "[PAD]")
    expect([0x0a, 1, 2, 3], "no SentencePiece model")
  }

  @Test("Either line ending gives the same vocabulary, except for its digest")
  func lineEnds() throws {
    let unix = try TextFixture.vocabulary()
    let text = String(decoding: TextFixture.vocabularyFile(), as: UTF8.self)
    let dos = try Vocabulary(
      content: Array(text.replacing("\n", with: "\r\n").utf8), file: "vocab.txt")
    #expect(dos.pieces == unix.pieces && dos.digest != unix.digest)
  }

  @Test("A piece that begins a word has another inside of one, if the vocabulary knows it")
  func insideWord() throws {
    let vocabulary = try TextFixture.vocabulary()
    func inside(_ piece: String) throws -> [String] {
      let token = try #require(vocabulary.pieces.firstIndex(of: piece))
      return vocabulary.insideWord(Int32(token)).map { vocabulary.pieces[Int($0)] }
    }
    #expect(try inside("e") == ["##e"] && inside("##e") == ["##e"])
    #expect(try inside(".") == ["."] && inside("the") == ["the"])
  }
}
