import Configuration
import Datasets
import Scoring
import TestSupport
import Testing

@testable import Inspection

@Suite("Questions and their windows")
struct QuestionWindowsTests {
  /// Ten words of one token each; a question of two tokens leaves room for seven of them, in two windows.
  private static let context = "b c d e f g h i j k"
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(BookText.vocabulary, to: "vocab.txt")
  }

  /// A prepared set of questions on the context; an answer is a word, and begins at its number among them.
  private func prepare(
    _ answers: [(id: String, text: String, word: Int)?]
  ) throws -> LabelledTextSource {
    let questions = answers.enumerated().map { number, answer in
      let found = answer.map { #"{"text": "\#($0.text)", "answer_start": \#(2 * $0.word)}"# }
      return """
        {"id": "\(answer?.id ?? "none-\(number)")", "question": "ta?", "is_impossible": \(answer == nil),
        "answers": [\(found ?? "")]}
        """
    }
    try folder.write(
      """
      {"data": [{"title": "t", "paragraphs": [{"context": "\(Self.context)",
      "qas": [\(questions.joined(separator: ", "))]}]}]}
      """, to: "squad.json")
    var preparation = SpanPreparation(
      training: ["\(folder.path)/squad.json"], vocabulary: "\(folder.path)/vocab.txt")
    preparation.sequenceLength = 12
    preparation.windowStep = 3
    preparation.questionTokens = 2
    _ = try preparation.run(in: "\(folder.path)/set")
    return try LabelledTextSource(files: ["\(folder.path)/set/train"])
  }

  /// What is kept of the logits of a model that knows the labels of every window.
  private func kept(_ source: LabelledTextSource) throws -> [Float] {
    var kept: [Float] = []
    for number in 0..<source.count {
      var logits: [Float] = []
      for label in try source.sample(number).labels {
        logits += (0..<source.sequenceLength).map { $0 == Int(label) ? 10 : 0 }
      }
      kept += QuestionWindows.kept(of: logits[...])
    }
    return kept
  }

  @Test("Answers are pooled over the windows of their question and scored by the rules of v1.1")
  func version1() throws {
    // The first answer is in the second window, the second in both, the third in the first.
    let source = try prepare([("q1", "i j", 7), ("q2", "f", 4), ("q3", "b c", 0)])
    #expect(source.count == 6 && source.task == .spans)
    let windows = try QuestionWindows(source)
    #expect(!windows.hasUnanswerable)
    let found = try SetPredictions(answers: kept(source), of: windows, threshold: 0)
    guard case .answers(let answers) = found else {
      Issue.record("\(found)")
      return
    }
    #expect(answers.map(\.text) == ["i j", "f", "b c"])
    #expect(answers.map(\.id) == ["q1", "q2", "q3"])
    #expect(answers[0].answer.best().range == 14..<17 && answers[0].answer.nullOdds == nil)
    let result = try #require(try AnswerResult(found, to: windows, threshold: 0))
    #expect(result.questions == 3 && result.exactMatch == 100 && result.f1 == 100)
    #expect(result.hasAnswer == nil && result.bestF1 == nil && result.noAnswerThreshold == nil)
  }

  @Test("Questions without an answer get none, by the threshold of the null odds")
  func version2() throws {
    let source = try prepare([("q1", "i j", 7), nil, ("q3", "f", 4)])
    let windows = try QuestionWindows(source)
    #expect(source.task == .optionalSpans && windows.hasUnanswerable)
    let kept = try self.kept(source)
    for (threshold, texts, exact) in [
      (0, ["i j", "", "f"], 100), (-30, ["", "", ""], 100.0 / 3),
      (30, ["i j", "b", "f"], 200.0 / 3),
    ] as [(Double, [String], Double)] {
      let found = try SetPredictions(answers: kept, of: windows, threshold: threshold)
      guard case .answers(let answers) = found else {
        Issue.record("\(found)")
        return
      }
      #expect(answers.map(\.answer.nullOdds) == [-20, 20, -20])
      #expect(answers.map { $0.text.isEmpty } == texts.map(\.isEmpty), "\(threshold)")
      #expect(answers[0].text == texts[0] && answers[2].text == texts[2])
      let result = try #require(try AnswerResult(found, to: windows, threshold: threshold))
      #expect(abs(result.exactMatch - exact) < 1e-12 && result.noAnswerThreshold == threshold)
      #expect(result.hasAnswer?.questions == 2 && result.noAnswer?.questions == 1)
      #expect(result.noAnswer?.exactMatch == (threshold == 30 ? 0 : 100))
      if threshold == 0 {
        #expect(result.bestF1 == AnswerResult.Best(score: 100, threshold: -20))
      }
    }
  }

  @Test("SQuAD's files lie beside each other; names of theirs are refused")
  func answerFiles() throws {
    let source = try prepare([("q1", "i j", 7), nil])
    let windows = try QuestionWindows(source)
    let found = try SetPredictions(answers: kept(source), of: windows, threshold: 0)
    let files = try PredictionFiles("\(folder.path)/p.json", .answers)
    #expect(
      try files.write(found) == [
        "predictions: \(folder.path)/p.json",
        "best answers: \(folder.path)/nbest_predictions.json",
        "null odds: \(folder.path)/null_odds.json",
      ])
    #expect(
      try folder.text(of: "p.json") == "{\n    \"q1\": \"i j\",\n    \"none-1\": \"\"\n}\n")
    #expect(
      try folder.text(of: "null_odds.json")
        == "{\n    \"q1\": -20.0,\n    \"none-1\": 20.0\n}\n")
    #expect(try folder.text(of: "nbest_predictions.json").contains("\"text\": \"i j\""))
    for name in ["nbest_predictions.json", "null_odds.json"] {
      let error = #expect(throws: CommandError.self) {
        try PredictionFiles("\(folder.path)/\(name)", .answers)
      }
      #expect(error?.exitCode == 64)
    }
    let error = #expect(throws: CommandError.self) {
      try PredictionFiles("\(folder.path)/none/p.json", .answers)
    }
    #expect(error?.exitCode == 74)
  }

  @Test("Null odds of an earlier evaluation do not stay beside files of one that has none")
  func staleNullOdds() throws {
    let source = try prepare([("q1", "i j", 7), ("q2", "f", 4)])
    let windows = try QuestionWindows(source)
    let found = try SetPredictions(answers: kept(source), of: windows, threshold: 0)
    try folder.write("{\n    \"q9\": 1.0\n}\n", to: "null_odds.json")
    let files = try PredictionFiles("\(folder.path)/p.json", .answers)
    #expect(
      try files.write(found) == [
        "predictions: \(folder.path)/p.json",
        "removed, as it is of an earlier evaluation: \(folder.path)/null_odds.json",
        "best answers: \(folder.path)/nbest_predictions.json",
      ])
    let names = try folder.names(in: folder.path)
    #expect(!names.contains("null_odds.json") && names.contains("nbest_predictions.json"))
    #expect(try files.write(found).count == 2)
  }

  @Test(
    "A set whose samples are not the windows of its questions is refused", arguments: [0, 1, 5])
  func damaged(sample: Int) throws {
    let source = try prepare([("q1", "i j", 7), ("q2", "f", 4), ("q3", "b c", 0)])
    let file = source.files[0]
    var bytes = try folder.read(file)
    // Behind the header, 12 tokens of two bytes and seven numbers; the fifth is the question's.
    bytes[192 + sample * (12 * 2 + 7 * 4) + 12 * 2 + 4 * 4] ^= 1
    try folder.write(bytes, to: String(file.dropFirst(folder.path.count + 1)))
    let damaged = try LabelledTextSource(files: [file], verifying: false)
    let error = #expect(throws: DatasetError.self) { try QuestionWindows(damaged) }
    #expect(error?.message.contains("sample \(sample) of the set is no window") == true)
  }

  @Test("Windows that do not follow each other are refused")
  func order() throws {
    let source = try prepare([("q1", "i j", 7)])
    let second = try source.sample(1)
    try #require(source.count == 2 && second.firstContextToken == 3)
    let file = source.files[0]
    var bytes = try folder.read(file)
    // The number of the second window's first token becomes 0, as that of the first.
    bytes[192 + (12 * 2 + 7 * 4) + 12 * 2 + 6 * 4] = 0
    try folder.write(bytes, to: String(file.dropFirst(folder.path.count + 1)))
    let damaged = try LabelledTextSource(files: [file], verifying: false)
    let error = #expect(throws: DatasetError.self) { try QuestionWindows(damaged) }
    #expect(error?.message.contains("sample 1 of the set is no window") == true)
  }

  @Test("Of the logits of a window at most 336 bytes are kept")
  func keptBytes() {
    for (tokens, count) in [(512, 84), (20, 84), (12, 52)] {
      let logits = (0..<(2 * tokens)).map { Float($0 % 7) }
      #expect(QuestionWindows.kept(of: logits[...]).count == count)
    }
  }

  @Test("A sample whose question or answer is not there is not decoded", arguments: [4, 6])
  func damagedExample(field: Int) throws {
    let source = try prepare([("q1", "i j", 7), ("q2", "b c", 0)])
    let whole = try LabelledExample(
      number: 2, source.sample(2), of: source, source.questions())
    #expect(whole.answer == "b c" && whole.questionID == "q2")
    let file = source.files[0]
    var bytes = try folder.read(file)
    bytes[192 + 2 * (12 * 2 + 7 * 4) + 12 * 2 + field * 4] = 200
    try folder.write(bytes, to: String(file.dropFirst(folder.path.count + 1)))
    let damaged = try LabelledTextSource(files: [file], verifying: false)
    let error = #expect(throws: DatasetError.self) {
      try LabelledExample(number: 2, damaged.sample(2), of: damaged, damaged.questions())
    }
    #expect(error?.message.contains("sample 2 of the set is of no question") == true)
  }

  @Test("GLUE's table names the highest class of each text, of equal ones the first")
  func classes() throws {
    try folder.write("label\ta\nno\tta\nyes\tne\nodd\tri\nno\tso\n", to: "table.tsv")
    var preparation = ClassificationPreparation(
      training: ["\(folder.path)/table.tsv"], columns: TableColumns(label: "label", text: "a"),
      vocabulary: "\(folder.path)/vocab.txt")
    preparation.skippedLabels = ["odd"]
    preparation.sequenceLength = 8
    _ = try preparation.run(in: "\(folder.path)/set")
    let source = try LabelledTextSource(files: ["\(folder.path)/set/train"])
    try #require(source.classNames == ["no", "yes"])
    let found = try SetPredictions(classes: [1, 2, 3, 3, 0, -1], of: source)
    let files = try PredictionFiles("\(folder.path)/p.tsv", .classes)
    #expect(try files.write(found) == ["predictions: \(folder.path)/p.tsv"])
    #expect(try folder.text(of: "p.tsv") == "index\tprediction\n0\tyes\n1\tno\n3\tno\n")
    let tab = SetPredictions.classes([(index: 0, name: "a\tb")])
    let error = #expect(throws: CommandError.self) { try files.write(tab) }
    #expect(error?.exitCode == 65)
  }
}
