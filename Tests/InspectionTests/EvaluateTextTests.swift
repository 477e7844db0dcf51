import Foundation
import RunSupport
import Scoring
import TestSupport
import Testing

/// Scores and predictions of text's tasks, from prepared files to those of the official scripts.
@Suite("evaluate texts and answers", .timeLimit(.minutes(60)))
struct EvaluateTextTests {
  private let runs: TextRuns
  private var folder: TemporaryFolder { runs.folder }

  init() throws {
    runs = try TextRuns()
  }

  /// The output of `evaluate --json` and the given files, without what depends on who has computed them.
  private func found(
    _ run: String, files: [String], ranks: Int?, threads: Int, _ more: [String] = []
  ) async throws -> [String] {
    let evaluation = try await runs.program(
      ["evaluate", "--run-dir", run, "--json", "--threads", "\(threads)"] + more, ranks: ranks)
    try #require(evaluation.exitCode == 0, "\(evaluation)")
    let text = evaluation.standardOutput.replacing(/"(ranks|threads|seconds)":[0-9.e-]+/) {
      "\"\($0.1)\":0"
    }
    return try [text]
      + files.map { name in
        defer { #expect(throws: Never.self) { try folder.remove("\(folder.path)/\(name)") } }
        return try folder.text(of: name)
      }
  }

  private static let workers: [(ranks: Int?, threads: Int)] = [
    (nil, 1), (nil, 2), (2, 1), (2, 2), (3, 1), (3, 2), (5, 1), (5, 2), (8, 1), (8, 2),
  ]

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  // MARK: - Classes

  @Test("Scores and predictions of classes are the same bytes for any ranks and threads, and agree")
  func classes() async throws {
    let labels = try await runs.prepareClasses()
    try await runs.train(
      "kind = \"classification\"\npooling = \"mean\"", data: "classes", to: "run", steps: 30)
    var first: [String]?
    for (ranks, threads) in Self.workers {
      let one = try await found(
        "run", files: ["p.tsv"], ranks: ranks, threads: threads, ["--predictions", "p.tsv"])
      #expect(one == first ?? one, "\(ranks ?? 1) ranks, \(threads) threads")
      first = first ?? one
    }
    let both = try #require(first)
    let rows = both[1].split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    #expect(rows.first == ["index", "prediction"])
    #expect(rows.dropFirst().map { $0[0] } == labels.indices.map(String.init))
    let predicted = try rows.dropFirst().map {
      try #require(["bad", "good"].firstIndex(of: $0[1]))
    }
    var matrix = [[0, 0], [0, 0]]
    for (label, prediction) in zip(labels, predicted) { matrix[label][prediction] += 1 }
    let scores = ClassificationScores(matrix)
    let result = try object(both[0])
    for (key, value) in [
      ("accuracy", scores.accuracy), ("f1", scores.classes[1].f1), ("macro_f1", scores.macroF1),
      ("matthews_correlation", scores.matthews), ("majority_share", scores.majorityShare),
    ] {
      // JSON is read with an error in the last place.
      #expect(abs(try #require(result[key] as? Double) - value) < 1e-12, "\(key)")
    }
    let metrics = try folder.text(of: "run/metrics.jsonl").split(separator: "\n").map {
      try object(String($0))
    }
    // The best weights are evaluated, which need not be the last.
    let judged = try #require(
      metrics.first {
        $0["event"] as? String == "evaluation" && $0["step"] as? Int == result["step"] as? Int
      })
    for key in ["f1", "macro_f1", "matthews_correlation", "majority_share"] {
      #expect(judged[key] as? Double == result[key] as? Double, "\(key)")
    }
    let people = try await runs.program(["evaluate", "--run-dir", "run", "--predictions", "p.tsv"])
    #expect(people.standardOutput.contains("always the most frequent class: 66.67 %"), "\(people)")
    #expect(people.standardOutput.contains("predictions: p.tsv"), "\(people)")
  }

  // MARK: - Answers

  /// Lines with the word "q" in some place, which is the answer to every question; without it there is none.
  private func questions(_ count: Int, seed: UInt64, impossible: Bool) throws -> String {
    let lines = BookText.lines(count, seed: seed).split(separator: "\n")
    let paragraphs = lines.enumerated().map { number, line -> [String: Any] in
      let words = line.split(separator: " ").map(String.init)
      let place = number % (words.count + 1)
      let isImpossible = impossible && number % 4 == 3
      let before = words[..<place].map { "\($0) " }.joined()
      let context =
        isImpossible
        ? String(line) : before + (["q"] + words[place...]).joined(separator: " ")
      let answer: [String: Any] = ["text": "q", "answer_start": before.count]
      let question: [String: Any] = [
        "id": "q\(number)", "question": "ta?", "is_impossible": isImpossible,
        "answers": isImpossible ? [] : [answer],
      ]
      return ["context": context, "qas": [question]]
    }
    let file: [String: Any] = ["version": "1", "data": [["title": "", "paragraphs": paragraphs]]]
    return String(decoding: try JSONSerialization.data(withJSONObject: file), as: UTF8.self)
  }

  private func prepareSpans(impossible: Bool) async throws {
    try folder.write(questions(240, seed: 1, impossible: impossible), to: "train.json")
    try folder.write(questions(60, seed: 2, impossible: impossible), to: "dev.json")
    try await runs.succeed(
      "prepare", "spans", "--train", "train.json", "--dev", "dev.json", "--vocabulary", "vocab.txt",
      "--output", "spans", "--sequence-length", "32", "--question-length", "8", "--window-step",
      "12")
  }

  /// What the rules of SQuAD give for the files that were written.
  private func answered(_ predictions: String, odds: String?) throws -> [AnsweredQuestion] {
    let texts = try object(predictions)
    let nullOdds = try odds.map(object)
    #expect(texts.count == 60 && nullOdds?.count ?? 60 == 60)
    return try (0..<60).map { number in
      AnsweredQuestion(
        gold: nullOdds != nil && number % 4 == 3 ? [] : ["q"],
        prediction: try #require(texts["q\(number)"] as? String),
        nullOdds: nullOdds?["q\(number)"] as? Double)
    }
  }

  @Test(
    "Exact match, F1 and the files are the same bytes for any ranks and threads, and agree",
    arguments: [false, true])
  func answers(impossible: Bool) async throws {
    try await prepareSpans(impossible: impossible)
    try await runs.train("kind = \"spans\"", data: "spans", to: "run", steps: 200)
    let files =
      ["p.json", "nbest_predictions.json"] + (impossible ? ["null_odds.json"] : [])
    var first: [String]?
    for (ranks, threads) in Self.workers {
      let one = try await found(
        "run", files: files, ranks: ranks, threads: threads, ["--predictions", "p.json"])
      #expect(one == first ?? one, "\(ranks ?? 1) ranks, \(threads) threads")
      first = first ?? one
    }
    #expect(
      impossible || !FileManager.default.fileExists(atPath: "\(folder.path)/null_odds.json"))
    let all = try #require(first)
    let answered = try self.answered(all[1], odds: impossible ? all[3] : nil)
    let result = try #require(try object(all[0])["answers"] as? [String: Any])
    func expect(_ key: String, _ value: Double?, in part: [String: Any]? = nil) throws {
      let given = try #require((part ?? result)[key] as? Double, "\(key) of \(result)")
      let wanted = try #require(value)
      #expect(abs(given - wanted) < 1e-9, "\(key)")
    }
    #expect(result["questions"] as? Int == 60)
    if impossible {
      let scores = try SQuAD2Scores(answered)
      try expect("exact_match", scores.all.exact)
      try expect("f1", scores.all.f1)
      try expect("no_answer_threshold", 0)
      let parts = [("has_answer", scores.answerable), ("no_answer", scores.unanswerable)]
      for (key, part) in parts {
        let given = try #require(result[key] as? [String: Any])
        #expect(given["questions"] as? Int == part?.total)
        try expect("exact_match", part?.exact, in: given)
        try expect("f1", part?.f1, in: given)
      }
      for (key, best) in [("best_exact_match", scores.bestExact), ("best_f1", scores.bestF1)] {
        let given = try #require(result[key] as? [String: Any])
        try expect("score", best?.score, in: given)
        try expect("threshold", best?.threshold, in: given)
      }
    } else {
      let scores = try SQuAD1Scores(answered)
      try expect("exact_match", scores.exactMatch)
      try expect("f1", scores.f1)
      #expect(result.count == 3, "\(result)")
    }
    // The word is one that nothing else has: where it is was learned.
    #expect(try #require(result["exact_match"] as? Double) > 50)
  }

  @Test("Above every null odds each question has an answer, below all none")
  func thresholds() async throws {
    try await prepareSpans(impossible: true)
    try await runs.train("kind = \"spans\"", data: "spans", to: "run", steps: 20)
    for (threshold, isEmpty) in [("1e9", false), ("-1e9", true)] {
      let texts = try await found(
        "run", files: ["p.json"], ranks: nil, threads: 1,
        ["--predictions", "p.json", "--no-answer-threshold", threshold])
      let answers = try object(texts[1])
      #expect(answers.count == 60)
      #expect(answers.values.allSatisfy { ($0 as? String)?.isEmpty == isEmpty }, "\(threshold)")
    }
    let people = try await runs.program(["evaluate", "--run-dir", "run"])
    for words in ["exact match ", "with an answer: ", "without one: ", "best F1 "] {
      #expect(people.standardOutput.contains(words), "\(people)")
    }
  }

  @Test("What does not go with a task is refused before the work, once", arguments: [nil, 2])
  func refusals(ranks: Int?) async throws {
    try await prepareSpans(impossible: false)
    try await runs.train("kind = \"spans\"", data: "spans", to: "run", steps: 1)
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    try await runs.succeed("--config", "digits.toml", "--run-dir", "digits", "--quiet")
    for (arguments, code, words) in [
      (["digits", "--predictions", "p.json"], 64, "--predictions: needs a model that"),
      (["digits", "--no-answer-threshold", "1"], 64, "--no-answer-threshold: needs a model that"),
      (["run", "--no-answer-threshold", "-2.5"], 64, "every question of the set has an answer"),
      (["run", "--no-answer-threshold", "inf"], 64, "must be a number"),
      (["run", "--predictions", "no/p.json"], 74, "no/p.json: cannot be written"),
      (
        ["run", "--predictions", "null_odds.json"], 64, "a file of this name is written next to it"
      ),
    ] as [([String], Int32, String)] {
      let run = try await runs.program(["evaluate", "--run-dir"] + arguments, ranks: ranks)
      #expect(run.failed(code, words), "\(run)")
      #expect(!run.standardOutput.contains("loss"))
    }
    try folder.remove("\(folder.path)/spans/dev/questions.jsonl")
    let gone = try await runs.program(["evaluate", "--run-dir", "run"], ranks: ranks)
    #expect(gone.failed(65, "spans/dev/questions.jsonl"), "\(gone)")
  }
}
