import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite("Places of tokens", .timeLimit(.minutes(60)))
struct PlacedTokenTests {
  private struct Case: Decodable {
    let text: String
    let uncased: [[Int]]
    let cased: [[Int]]
  }

  /// Texts after which an answer follows.
  private static let befores = [
    "", "the fox ", "\u{1f600}", "\u{20000}", "\u{1f1e9}\u{1f1ea} ", "a\r\nb\r\n", "a\tb\t\t",
    "a\u{a0}\u{a0}",
    "\u{feff}", "e\u{301} ", "Cafe\u{301} \u{fb01}nal ", "\u{ff26}\u{ff55}\u{ff4c}\u{ff4c} ", "½ ",
    "\u{d55c}\u{ad6d} ", "\u{3000}", "x  \n\n  ",
  ]

  private func vocabulary(_ name: String) throws -> Vocabulary {
    try Vocabulary(content: TextFixture.file("wordpiece-\(name)-vocab.txt"), file: "vocab.txt")
  }

  private func placed(_ text: String, _ vocabulary: Vocabulary) throws -> [PlacedToken] {
    var encoder = try vocabulary.makeEncoder()
    var tokens: [PlacedToken] = []
    try encoder.encode(text, into: &tokens)
    return tokens
  }

  @Test("WordPiece places are those of Hugging Face's tokenizers", arguments: ["uncased", "cased"])
  func againstTokenizers(name: String) throws {
    let cases = try JSONDecoder().decode(
      [Case].self, from: Data(TextFixture.file("offsets.json")))
    #expect(cases.count > 35)
    let vocabulary = try vocabulary(name)
    for item in cases {
      let found = try placed(item.text, vocabulary).map {
        [Int($0.token), $0.scalars.lowerBound, $0.scalars.upperBound]
      }
      #expect(
        found == (name == "cased" ? item.cased : item.uncased), "\(item.text.debugDescription)")
    }
  }

  @Test("Tokens with places are the tokens without", arguments: ["uncased", "cased"])
  func sameTokens(name: String) throws {
    let vocabulary = try vocabulary(name)
    for before in Self.befores + ["x\(String(repeating: "y", count: 100))", "walk! \u{fffd}"] {
      let text = before + "the quick brown fox"
      #expect(try placed(text, vocabulary).map(\.token) == vocabulary.tokens(text))
    }
  }

  /// The text that the tokens which overlap the last scalars of `text` are for.
  private func last(_ count: Int, of text: String, _ vocabulary: Vocabulary) throws -> String {
    let scalars = Array(text.unicodeScalars)
    let answer = (scalars.count - count)..<scalars.count
    let found = try placed(text, vocabulary).map(\.scalars).filter { $0.overlaps(answer) }
    let range = try #require(found.first).lowerBound..<(try #require(found.last)).upperBound
    return String(String.UnicodeScalarView(scalars[range]))
  }

  @Test("An answer is found behind anything", arguments: befores)
  func answers(before: String) throws {
    for name in ["uncased", "cased"] {
      let vocabulary = try vocabulary(name)
      for answer in ["quick brown", "Don't", "(1895)", "\u{1f600}"] {
        let blank = before.isEmpty ? "" : " "
        let found = try last(
          answer.unicodeScalars.count, of: before + blank + answer, vocabulary)
        #expect(found.utf8.elementsEqual(answer.utf8), "\(name) \(before.debugDescription)")
      }
    }
    // An astral character stands directly before the answer, and is not part of it.
    #expect(try last(3, of: before + "\u{1f600}.fox", vocabulary("uncased")) == "fox")
  }

  @Test("SentencePiece: the tokens are those without places; an answer is found behind anything")
  func sentencePiece() throws {
    let folder = try TemporaryFolder()
    let lines = try TextFixture.file("wordpiece.txt") + [0x0a]
    let file = try folder.write(
      lines + Array(TextFixture.text(lines: 2_000).utf8), to: "text.txt")
    let content = try SentencePieceTraining(pieceCount: 300, sampleBytes: 1 << 30)
      .learn(TextCorpus(files: [file])) { _ in }
    let vocabulary = try Vocabulary(content: content, file: "model")
    for before in Self.befores {
      for answer in ["quick brown", "Don't", "(1895)", "na\u{ef}ve", "\u{1f600}", "\u{fb01}nal"] {
        let text = before + " " + answer + " the end"
        let tokens = try placed(text, vocabulary)
        #expect(try tokens.map(\.token) == vocabulary.tokens(text))
        let count = text.unicodeScalars.count
        #expect(tokens.allSatisfy { $0.scalars.upperBound <= count })
        for (one, next) in zip(tokens, tokens.dropFirst()) {
          #expect(one.scalars.lowerBound <= next.scalars.lowerBound)
        }
        let found = try last(
          answer.unicodeScalars.count, of: before + " " + answer, vocabulary)
        #expect(found.utf8.elementsEqual(answer.utf8), "\(text.debugDescription)")
      }
    }
    #expect(try placed("", vocabulary).isEmpty)
    #expect(try placed(" \t\n", vocabulary).allSatisfy { $0.scalars.isEmpty })
  }
}
