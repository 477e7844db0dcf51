import Foundation
import TestSupport

@testable import Datasets

/// Vocabularies and texts for tests.
enum TextFixture {
  /// The five special tokens, then the letters a to z and a few pieces, each also within a word.
  static let wordPieces: [String] =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + letters + letters.map { "##\($0)" }
    + ["the", "##ing", "walk", ".", ","]

  /// A vocabulary of ``wordPieces``.
  static func vocabulary() throws -> Vocabulary {
    try Vocabulary(content: vocabularyFile(), file: "vocab.txt")
  }

  /// The content of a `vocab.txt` with ``wordPieces`` and more.
  static func vocabularyFile(adding more: [String] = []) -> [UInt8] {
    Array((wordPieces + more).map { $0 + "\n" }.joined().utf8)
  }

  /// The content of a file beside the tests.
  static func file(_ name: String) throws -> [UInt8] {
    let url = Bundle.module.resourceURL?.appending(path: "Fixtures/\(name)")
    guard let url else { throw CocoaError(.fileNoSuchFile) }
    return Array(try Data(contentsOf: url))
  }

  /// Repeatable words, a line at a time.
  static func text(lines: Int, seed: Int = 1) -> String {
    var random = RandomWords(state: UInt64(seed))
    return (0..<lines).map { _ in random.line() + "\n" }.joined()
  }

  /// Packs `content` with the system's xz.
  static func xz(_ content: [UInt8]) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let file = try folder.write(content, to: "content")
    try Tool.run("/usr/bin/xz", [file])
    return try folder.read(file + ".xz")
  }

  private static let letters = "abcdefghijklmnopqrstuvwxyz".map(String.init)
}

/// Words of one to four syllables from a linear congruential generator; some syllables are rare.
private struct RandomWords {
  var state: UInt64

  mutating func next(below bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  mutating func syllable() -> String {
    let number = next(below: next(below: 130) + 1)
    let consonants = Array("tnrslhdcmfpgwybvkxjqz"), vowels = Array("eaoiu")
    return String([consonants[number % 21], vowels[number / 21 % 5]])
  }

  mutating func line() -> String {
    let words = (0...next(below: 12)).map { _ in
      (0...next(below: 4)).map { _ in syllable() }.joined()
    }
    return words.joined(separator: " ") + "."
  }
}

extension Vocabulary {
  /// The tokens of one line.
  func tokens(_ line: String) throws -> [Int32] {
    var encoder = try makeEncoder()
    return try encoder.encode(line)
  }
}
