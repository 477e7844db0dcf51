import Datasets
import Exports
import Foundation
import RunSupport
import TestSupport
import Testing

/// What transformers makes of text with an exported tokenizer, compared with what `prepare text` makes of it.
@Suite("Exported tokenizers", .timeLimit(.minutes(60)))
struct TokenizerTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private struct Found: Decodable {
    let lines: [[Int32]]
    let pair: [Int32]
  }

  /// Lines that are easy, and some that normalisation changes.
  private static let lines =
    BookText.lines(50).split(separator: "\n").map(String.init)
    + ["", "  ta   ne ", "ta\tne", "TA Ne", "é ﬁ ①", "``ta'' ne", "日本 ta", "ta🙂ne"]

  private func vocabulary(_ kind: String) async throws -> String {
    if kind == "vocab.txt" { return try folder.write(BookText.vocabulary, to: "vocab.txt") }
    try folder.write(BookText.lines(400), to: "book.txt")
    let run = try await command(
      "prepare", "text", "--input", "book.txt", "--vocabulary-size", "90", "--sequence-length",
      "16", "--output", "set", in: folder.path)
    try #require(run.exitCode == 0, "\(run)")
    return "\(folder.path)/set/vocabulary.model"
  }

  @Test("A tokenizer has the files that its kind of vocabulary needs")
  func files() async throws {
    let model = try SmallNetwork.gmlpText.exported()
    for (kind, names) in [
      ("vocab.txt", ["vocab.txt", "tokenizer_config.json"]),
      ("spiece.model", ["spiece.model", "tokenizer.json", "tokenizer_config.json"]),
    ] {
      let vocabulary = try Vocabulary(contentsOf: try await self.vocabulary(kind))
      let export = try HuggingFaceExport(
        model, to: "\(folder.path)/hub-\(kind)", vocabulary: vocabulary)
      #expect(export.files.filter { $0.contains("token") || $0 == kind } == names)
      let read = try HuggingFaceFolder(export.folder)
      let content = try folder.read(try #require(read.vocabulary).path)
      #expect(try content == folder.read(vocabulary.file))
    }
  }

  @Test(
    "transformers cuts text into the same tokens",
    .enabled(if: Ecosystem.has("transformers"), "transformers is \(Ecosystem.advice)"),
    arguments: ["vocab.txt", "spiece.model"])
  func same(kind: String) async throws {
    let vocabulary = try Vocabulary(contentsOf: try await self.vocabulary(kind))
    let export = try HuggingFaceExport(
      try SmallNetwork.gmlpText.exported(), to: "\(folder.path)/hub", vocabulary: vocabulary)
    let file = try folder.write(Self.lines.joined(separator: "\n"), to: "lines.txt")
    let run = try await Ecosystem.run("tokenizer_pieces.py", export.folder, file)
    try #require(run.exitCode == 0, "\(run)")
    let found = try JSONDecoder().decode(Found.self, from: Data(run.standardOutput.utf8))
    try #require(found.lines.count == Self.lines.count)
    var encoder = try vocabulary.makeEncoder()
    for (line, theirs) in zip(Self.lines, found.lines) {
      let ours = try encoder.encode(line)
      #expect(ours == theirs, "'\(line)'")
    }
    let special = vocabulary.special
    var pair = [special.start]
    for word in ["ta", "ne"] {
      pair += try encoder.encode(word)
      pair.append(special.separator)
    }
    #expect(found.pair == pair)
  }
}
