import Foundation
import RunSupport
import TestSupport
import Testing

/// Tiny models of texts with labels, trained for a few steps into `run` of a folder of their own.
struct TrainedTexts {
  /// Holds the vocabulary, the set in `set`, and `run`.
  let folder: TemporaryFolder

  /// A folder with the vocabulary alone.
  private init() throws {
    folder = try TemporaryFolder()
    try folder.write(BookText.vocabulary, to: "vocab.txt")
  }

  /// Words of a few syllables, one text after the other.
  static let texts = BookText.lines(60).split(separator: "\n").map(String.init)

  /// A classifier of pairs of texts, with the classes `bad`, `fair` and `good`.
  static func classifier() async throws -> TrainedTexts {
    let texts = try TrainedTexts()
    try texts.folder.write(pairs.table, to: "pairs.tsv")
    try await texts.prepare(
      "classification", "--train", "pairs.tsv", "--text", "premise", "--pair", "hypothesis",
      "--label-names", "bad,fair,good")
    try await texts.train("num_classes = 3", "kind = \"classification\"")
    return texts
  }

  /// The rows of the classifier's training set, some of them longer than its sequences.
  static let pairs: (rows: [(premise: String, hypothesis: String)], table: String) = {
    let rows = (0..<20).map { (premise: texts[$0], hypothesis: texts[20 + $0]) }
    let lines = rows.enumerated().map { "\($1.premise)\t\($1.hypothesis)\t\($0 % 3)\n" }
    return (rows, "premise\thypothesis\tlabel\n" + lines.joined())
  }()

  /// A model of spans, some of whose questions have no answer if `hasUnanswerable`.
  static func spans(hasUnanswerable: Bool = true) async throws -> TrainedTexts {
    let texts = try TrainedTexts()
    try texts.folder.write(questions(hasUnanswerable: hasUnanswerable), to: "squad.json")
    try await texts.prepare(
      "spans", "--train", "squad.json", "--question-length", "6", "--window-step", "5")
    try await texts.train("", "kind = \"spans\"")
    return texts
  }

  /// Contexts of several windows, with characters of several scalars or units of UTF-16, and ends of lines.
  static let contexts = (0..<6).map { number in
    "Tane \u{1f600}\(texts[number]) cafe\u{301}\r\n\(texts[10 + number])\u{a0}rimeso."
  }

  /// A file of SQuAD with two questions on each context.
  private static func questions(hasUnanswerable: Bool) throws -> String {
    let paragraphs = contexts.enumerated().map { number, context -> [String: Any] in
      let answers: [[String: Any]] = [["text": "Tane", "answer_start": 0]]
      let lacksAnswer = hasUnanswerable && number % 2 == 1
      let given = lacksAnswer ? [] : answers
      let first: [String: Any] = [
        "id": "a\(number)", "question": "\(texts[30 + number])?", "answers": answers,
      ]
      let second: [String: Any] = [
        "id": "b\(number)", "question": "so?", "answers": given, "is_impossible": lacksAnswer,
      ]
      return ["context": context, "qas": [first, second]]
    }
    let article: [String: Any] = ["title": "t", "paragraphs": paragraphs]
    let set: [String: Any] = ["version": "v2.0", "data": [article]]
    return String(decoding: try JSONSerialization.data(withJSONObject: set), as: UTF8.self)
  }

  private func prepare(_ arguments: String...) async throws {
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: ["prepare"] + arguments + [
        "--vocabulary", "vocab.txt", "--output", "set", "--sequence-length", "24",
      ], ranks: nil, directory: folder.path)
    try #require(run.exitCode == 0, "\(run)")
  }

  private func train(_ model: String, _ task: String) async throws {
    try folder.write(
      """
      [model]
      input = "text"
      vocabulary_size = 58
      sequence_length = 24
      d_model = 16
      d_ffn = 32
      num_layers = 2
      padding_token = 0
      mask_padding = true
      \(model)
      [task]
      \(task)
      [data]
      format = "text"
      train = ["set/train"]
      test = ["set/train"]
      [train]
      steps = 6
      global_batch_size = 8
      micro_batch_size = 4
      [optimizer]
      learning_rate = 1e-2
      [schedule]
      warmup_steps = 0
      """, to: "run.toml")
    let run = try await command("--config", "run.toml", "--run-dir", "run", in: folder.path)
    try #require(run.exitCode == 0, "\(run)")
  }

  /// Runs `predict` on the model.
  func predict(_ arguments: [String]) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: ["predict", "--run-dir", "run"] + arguments, ranks: nil,
      directory: folder.path)
  }

  /// The objects that `predict --json` prints, a line each.
  func objects(_ arguments: [String], exitCode: Int32 = 0) async throws -> [[String: Any]] {
    let run = try await predict(["--json"] + arguments)
    #expect(run.exitCode == exitCode, "\(run)")
    return try Self.objects(run.standardOutput)
  }

  /// The objects of lines of JSON.
  static func objects(_ lines: String) throws -> [[String: Any]] {
    try lines.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }
}
