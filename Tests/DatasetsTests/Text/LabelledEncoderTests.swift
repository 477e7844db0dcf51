import TestSupport
import Testing

@testable import Datasets

/// What a model is asked about is laid out as what it has learned from.
@Suite("Encoders of texts with labels")
struct LabelledEncoderTests {
  private let folder: TemporaryFolder
  private let path: String
  private let vocabulary: Vocabulary

  init() throws {
    folder = try TemporaryFolder()
    path = try folder.write(TextFixture.vocabularyFile(), to: "vocab.txt")
    vocabulary = try Vocabulary(contentsOf: path)
  }

  @Test("Texts and pairs become the sequences of prepared shards")
  func pairs() throws {
    let rows = [
      ("a b", "the"), ("the", ""), ("", "c"), ("\u{1f600} walk", " "),
      (
        "a b c d e f g h i j k l m n o p q r s t u v w x y z",
        "z y x w v u t s r q p o n m l k j i h g f e d c b a"
      ),
      ("a b c d e f g h i j k l m n o p q r s t u v w x y z", "e\u{301}\u{a0}x"),
    ]
    let table = rows.enumerated().map { "\($0 % 2)\t\($1.0)\t\($1.1)\n" }.joined()
    let file = try folder.write("label\ta\tb\n" + table, to: "t.tsv")
    var preparation = ClassificationPreparation(
      training: [file], columns: TableColumns(label: "label", text: "a", pair: "b"),
      vocabulary: path)
    preparation.sequenceLength = 24
    _ = try preparation.run(in: "\(folder.path)/set")
    let source = try LabelledTextSource(files: ["\(folder.path)/set/train"])
    var encoder = try TextPairEncoder(vocabulary, sequenceLength: 24)
    try #require(source.count == rows.count)
    for (number, row) in rows.enumerated() {
      let texts = try encoder.encode(row.0, row.1)
      #expect(try texts.tokens == source.sample(number).tokens, "\(row)")
      #expect(texts.isPair == (number != 1 && number != 2 && number != 3))
    }
    let long = try encoder.encode(rows[4].0, rows[4].1)
    #expect(long.textTokens == 52 && long.cutTokens == 52 - 21 && long.unknownTokens == 0)
    #expect(try encoder.encode("\u{1f600}").unknownTokens == 1)
  }

  @Test("Questions become the windows of prepared shards")
  func questions() throws {
    let context = "a b c d e \u{1f600}.f g h i\r\n j k e\u{301} l m n o p q r s t u v"
    let questions = ["who", "a b c d e f g h i j k"]
    let asked = questions.enumerated().map {
      """
      {"id": "\($0)", "question": "\($1)", "answers": [{"text": "a", "answer_start": 0}]}
      """
    }.joined(separator: ", ")
    let escaped = context.replacing("\r\n", with: "\\r\\n")
    let file = try folder.write(
      """
      {"data": [{"paragraphs": [{"context": "\(escaped)", "qas": [\(asked)]}]}]}
      """, to: "q.json")
    var preparation = SpanPreparation(training: [file], vocabulary: path)
    preparation.sequenceLength = 16
    preparation.windowStep = 3
    preparation.questionTokens = 5
    _ = try preparation.run(in: "\(folder.path)/set")
    let source = try LabelledTextSource(files: ["\(folder.path)/set/train"])
    var encoder = try QuestionEncoder(
      vocabulary, sequenceLength: 16, windowStep: 3, questionTokens: 5)
    let tokens = try encoder.tokens(of: context)
    let paragraph = try #require(try source.questions().paragraphs.first)
    #expect(tokens.map(\.scalars) == (0..<paragraph.tokenCount).map { paragraph.scalars(of: $0) })
    var samples: [LabelledSample] = []
    for number in 0..<source.count { samples.append(try source.sample(number)) }
    for (number, question) in questions.enumerated() {
      let encoded = try encoder.windows(of: question, on: tokens)
      let own = samples.filter { $0.example == number }
      let windows = encoded.windows.indices.map { encoded.window($0) }
      #expect(own.count > 2 && windows.map(\.tokens) == own.map(\.tokens))
      #expect(windows.map(\.contextStart) == own.map(\.border))
      #expect(
        encoded.windows
          == own.map { $0.firstContextToken..<($0.firstContextToken + $0.contextTokens.count) })
      #expect(windows.map(\.scalars) == encoded.windows.map { tokens[$0].map(\.scalars) })
      #expect(encoded.keptTokens == [3, 5][number] && encoded.tokens == [3, 11][number])
    }
    let blank = try encoder.windows(of: "who", on: [])
    #expect(blank.windows == [0..<0] && blank.window(0).scalars.isEmpty)
  }
}
