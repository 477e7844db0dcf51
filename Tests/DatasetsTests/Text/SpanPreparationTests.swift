import Digests
import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite("Preparing questions")
struct SpanPreparationTests {
  private let folder: TemporaryFolder
  private let vocabulary: String

  init() throws {
    folder = try TemporaryFolder()
    vocabulary = try folder.write(TextFixture.vocabularyFile(), to: "vocab.txt")
  }

  private typealias Asked = (id: String, text: String, answers: [(text: String, start: Int)])

  /// The paragraph as SQuAD has it.
  private func json(_ paragraphs: [(context: String, questions: [Asked])]) throws -> String {
    let all: [[String: Any]] = paragraphs.map { paragraph in
      [
        "context": paragraph.context,
        "qas": paragraph.questions.map { asked -> [String: Any] in
          [
            "id": asked.id, "question": asked.text, "is_impossible": asked.answers.isEmpty,
            "answers": asked.answers.map {
              ["text": $0.text, "answer_start": $0.start] as [String: Any]
            },
          ]
        },
      ]
    }
    let object: [String: Any] = ["version": "v2.0", "data": [["title": "t", "paragraphs": all]]]
    return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
  }

  private func preparation(_ file: String) -> SpanPreparation {
    var preparation = SpanPreparation(training: [file], vocabulary: vocabulary)
    preparation.sequenceLength = 16
    preparation.windowStep = 4
    preparation.questionTokens = 4
    return preparation
  }

  @Test("Windows have the answer's tokens as labels, or those of the start; all is there to score")
  func windows() throws {
    // Twenty words of one token; an emoji that is no piece stands directly before the answer.
    let words = (0..<20).map { String(UnicodeScalar(UInt8(97 + $0))) }
    let context = words.joined(separator: " ").replacing(" h", with: " \u{1f600}.h")
    let start = context.unicodeScalars.count - "h i j k l m n o p q r s t".count
    let file = try folder.write(
      json([
        (
          context,
          [
            ("q1", "the walk", [("h i", start), ("i", start + 2)]),
            ("q2", "a b c d e f", []),
            ("q3", "the", [("a b c d e f g \u{1f600}.h i j k l m n", 0)]),
          ]
        )
      ]), to: "q.json")
    let report = try #require(try preparation(file).run(in: folder.path + "/set").first)
    let source = try LabelledTextSource(files: [folder.path + "/set/train"])
    #expect(source.task == .optionalSpans && source.classNames == nil)
    #expect(try source.computeDigest() == source.digest)
    let questions = try source.questions()
    #expect(questions.count == 3 && questions.paragraphs.count == 1)
    #expect(questions.question(0).question.answers.map(\.text) == ["h i", "i"])
    #expect(
      questions.question(1).question.answers.isEmpty && questions.question(1).question.id == "q2")
    let samples = try (0..<source.count).map { try source.sample($0) }
    // 22 tokens with the emoji and the full stop; room for 11 beside a question of two tokens, and for 9 beside four.
    let first = samples.filter { $0.example == 0 }
    #expect(
      first.map(\.firstContextToken) == [0, 4, 8, 12] && first.map(\.window) == [0, 1, 2, 3])
    #expect(
      first.map(\.border) == [4, 4, 4, 4] && first.map(\.contextTokens.count) == [11, 11, 11, 10])
    #expect(first.map(\.labels) == [[13, 14], [9, 10], [5, 6], [0, 0]])
    let paragraph = questions.question(0).paragraph
    #expect(paragraph.tokenCount == 22)
    for sample in first.prefix(3) {
      let (from, through) = (
        sample.contextToken(at: Int(sample.labels[0])),
        sample.contextToken(at: Int(sample.labels[1]))
      )
      #expect(paragraph.text(from: from, through: through) == "h i")
    }
    #expect(
      samples.filter { $0.example == 1 }.allSatisfy { $0.labels == [0, 0] && $0.border == 6 })
    #expect(samples.filter { $0.example == 2 }.allSatisfy { $0.labels == [0, 0] })
    #expect(report.questions == 3 && report.impossible == 1 && report.answers == 3)
    #expect(report.windows == samples.count && report.windowsWithAnswer == 3)
    #expect(report.split.count == 1 && report.split.first == ["q3"] && report.cutQuestions == 1)
    #expect(report.undecodable.count == 0)
  }

  @Test("An answer inside a token takes the whole token, and is counted")
  func insideToken() throws {
    let file = try folder.write(
      json([("the walk", [("q", "a", [("al", 5)])])]), to: "q.json")
    let report = try #require(try preparation(file).run(in: folder.path + "/set").first)
    #expect(report.undecodable.first == ["q: 'al' became 'walk'"] && report.undecodableShare == 1)
    let source = try LabelledTextSource(files: [folder.path + "/set/train"])
    #expect(try source.sample(0).labels == [4, 4] && source.task == .spans)
  }

  @Test("The paragraph is stored scalar by scalar, and answers come out of it as they are")
  func scalars() throws {
    let context =
      "\u{feff}Cafe\u{301} \u{fb01}n\r\n\u{2028}\t\u{a0}\u{ff26}\u{d55c}\"\\\u{7f}\u{1f600}\u{20000}the walk"
    let start = context.unicodeScalars.count - "the walk".count
    let file = try folder.write(
      json([(context, [("q\u{301}", "e\u{301}", [("the walk", start)])])]), to: "q.json")
    _ = try preparation(file).run(in: folder.path + "/set")
    let source = try LabelledTextSource(files: [folder.path + "/set/train"])
    let (paragraph, question) = try source.questions().question(0)
    #expect(paragraph.context.unicodeScalars.elementsEqual(context.unicodeScalars))
    #expect(question.id.utf8.elementsEqual("q\u{301}".utf8) && question.answers[0].start == start)
    let sample = try #require(
      try (0..<source.count).map { try source.sample($0) }.last { $0.labels != [0, 0] })
    let ends = sample.labels.map { sample.contextToken(at: Int($0)) }
    #expect(paragraph.text(from: ends[0], through: ends[1]) == "the walk")
  }

  @Test("Paragraphs are held out whole; the same bytes come out each time")
  func holdout() throws {
    let lines = TextFixture.text(lines: 60).split(separator: "\n").map(String.init)
    let file = try folder.write(
      json(
        lines.enumerated().map { number, line in
          (line, [("a\(number)", "a", [(String(line.prefix(1)), 0)]), ("b\(number)", "b", [])])
        }), to: "q.json")
    var preparation = preparation(file)
    preparation.holdout = Holdout(share: 0.3)
    preparation.maximumShardBytes = 2_000
    let reports = try preparation.run(in: folder.path + "/one")
    #expect(reports.map(\.set) == [.train, .holdout])
    #expect(reports[0].paragraphs + reports[1].paragraphs == 60 && 5...35 ~= reports[1].paragraphs)
    _ = try preparation.run(in: folder.path + "/two")
    for set in ["train", "holdout"] {
      for name in try folder.names(in: folder.path + "/one/\(set)") {
        #expect(
          try folder.read("\(folder.path)/one/\(set)/\(name)")
            == folder.read("\(folder.path)/two/\(set)/\(name)"))
      }
    }
    preparation.training = [file, file]
    expectError(.invalid, file, mentions: "question a0", "name each file once") {
      _ = try preparation.run(in: folder.path + "/three")
    }
  }

  @Test("Changed questions are found by their digest")
  func changedQuestions() throws {
    let file = try folder.write(
      json([("the walk", [("q", "a", [("the", 0)])])]), to: "q.json")
    _ = try preparation(file).run(in: folder.path + "/set")
    let path = folder.path + "/set/train/questions.jsonl"
    let text = String(decoding: try folder.read(path), as: UTF8.self)
    try folder.write(text.replacing("walk", with: "talk"), to: "set/train/questions.jsonl")
    let source = try LabelledTextSource(files: [folder.path + "/set/train"])
    expectError(.invalid, path, mentions: "SHA-256") { _ = try source.questions() }
    try folder.remove(path)
    expectError(.missing, path, mentions: "no such file") { _ = try source.questions() }
  }

  @Test("Tokens that do not follow each other are refused: two of them would not make a passage")
  func places() throws {
    for (places, isSound) in [
      ([0, 3, 4, 8], true), ([0, 3, 3, 3, 4, 8], true), ([0, 3, 0, 3, 4, 8], true),
      ([4, 8, 0, 3], false), ([0, 3, 4, 9], false), ([3, 0], false), ([0], false),
    ] {
      let file = QuestionFile([
        QuestionFile.Paragraph(context: "the walk", places: places, questions: [])
      ])
      let bytes = file.encode()
      try folder.write(bytes, to: "placed/questions.jsonl")
      var hasher = SHA256()
      hasher.update(bytes.span)
      let digest = hasher.bytes
      let placed = Folder(path: folder.path + "/placed")
      if isSound {
        #expect(try QuestionFile(in: placed, digest: digest).paragraphs == file.paragraphs)
      } else {
        expectError(.invalid, placed.path + "/questions.jsonl", mentions: "no paragraph") {
          _ = try QuestionFile(in: placed, digest: digest)
        }
      }
    }
  }
}
