import Datasets
import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Inspection

@Suite("predict for answers to questions", .timeLimit(.minutes(60)))
struct PredictSpansTests {
  /// The options with which ``TrainedTexts/spans(hasUnanswerable:)`` prepares its set.
  private static let windows = ["--question-length", "6", "--window-step", "5"]

  /// The part of a context that an object of JSON says is a passage; nil for no answer.
  private func passage(_ object: [String: Any], of context: String) throws -> String? {
    guard let start = object["start"] as? Int, let end = object["end"] as? Int else { return nil }
    let scalars = Array(context.unicodeScalars)
    try #require(0 <= start && start < end && end <= scalars.count, "\(object)")
    return String(String.UnicodeScalarView(scalars[start..<end]))
  }

  private func json(_ object: [String: String]) throws -> String {
    String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
  }

  @Test(
    "They are the answers that evaluate predicts of the prepared set", arguments: [true, false])
  func evaluation(hasUnanswerable: Bool) async throws {
    let trained = try await TrainedTexts.spans(hasUnanswerable: hasUnanswerable)
    let run = try await command(
      "evaluate", "--run-dir", "run", "--predictions", "answers.json", in: trained.folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let evaluated = try #require(
      try JSONSerialization.jsonObject(with: Data(trained.folder.text(of: "answers.json").utf8))
        as? [String: String])
    let objects = try await trained.objects(Self.windows + ["squad.json"])
    #expect(objects.count == 12 && evaluated.count == 12)
    for object in objects {
      let id = try #require(object["id"] as? String)
      let answer = try #require(object["answer"] as? String)
      let expected = try #require(evaluated[id])
      #expect(answer.utf8.elementsEqual(expected.utf8), "\(object)")
      #expect((object["null_odds"] == nil) == !hasUnanswerable)
    }
  }

  @Test("Every answer is the part of its context that its place says, scalar by scalar")
  func places() async throws {
    let trained = try await TrainedTexts.spans()
    // A mark that is text, signs of several scalars or units of UTF-16, other blanks, ends of lines.
    let contexts =
      TrainedTexts.contexts + [
        "\u{feff}tane lu.", "a\u{308}\u{323}\u{1f468}\u{200d}\u{1f469} ne\r\n\r\nri\tso", "x",
        "\u{1f600}\u{1f600}\u{1f600}tane", "ta\u{200b}ne\u{a0}\u{2003}lu",
      ]
    let lines = try contexts.map { try json(["question": "so lu?", "context": $0]) }
    try trained.folder.write("\u{feff}" + lines.joined(separator: "\r\n"), to: "asked.jsonl")
    let objects = try await trained.objects(Self.windows + ["asked.jsonl"])
    try #require(objects.count == contexts.count)
    for (object, context) in zip(objects, contexts) {
      let answer = try #require(object["answer"] as? String)
      #expect(try Array((passage(object, of: context) ?? "").utf8) == Array(answer.utf8))
      let candidates = try #require(object["candidates"] as? [[String: Any]])
      for candidate in candidates {
        let text = try #require(candidate["text"] as? String)
        #expect(try Array((passage(candidate, of: context) ?? "").utf8) == Array(text.utf8))
      }
      let probabilities = candidates.compactMap { $0["probability"] as? Double }
      #expect(abs(probabilities.reduce(0, +) - 1) < 1e-9 && probabilities.count > 1)
      #expect(probabilities == probabilities.sorted(by: >))
    }
  }

  @Test("A question on arguments, lines and JSON gets the same answer; threads change no bit")
  func formats() async throws {
    let trained = try await TrainedTexts.spans()
    let contexts = TrainedTexts.contexts.map { $0.replacing("\r\n", with: " ") }
    try trained.folder.write(contexts.joined(separator: "\r\n") + "\r\n", to: "contexts.txt")
    let objects = try contexts.map { try json(["question": "ta?", "context": $0, "id": "x"]) }
    let rows = contexts.map { "ta?\t\($0)\n" }.joined()
    try trained.folder.write("question\tcontext\n" + rows, to: "rows.tsv")
    func answers(_ arguments: [String]) async throws -> [[String]] {
      try await trained.objects(Self.windows + arguments).map { object in
        let odds = try #require(object["null_odds"] as? Double)
        return ["\(object["answer"] ?? "")", "\(object["start"] ?? "")", "\(odds)"]
      }
    }
    let expected = try await answers(["--question", "ta?"] + contexts)
    #expect(expected.count == 6)
    #expect(try await answers(["--question", "ta?", "contexts.txt"]) == expected)
    #expect(try await answers(["--threads", "1"] + objects) == expected)
    #expect(try await answers(["--threads", "7", "rows.tsv"]) == expected)
    let piped = try await shell(
      "cat contexts.txt | \"$@\"",
      ["predict", "--run-dir", "run", "--json", "--question", "ta?"] + Self.windows,
      in: trained.folder.path)
    let found = try TrainedTexts.objects(piped.standardOutput)
    #expect(found.map { $0["answer"] as? String } == expected.map { $0[0] }, "\(piped)")
  }

  @Test("The threshold decides between an answer and none; a set without such questions has none")
  func threshold() async throws {
    let context = "Tane rimeso lu."
    let optional = try await TrainedTexts.spans()
    let ask = Self.windows + ["--question", "so?", context]
    let never = try await optional.objects(["--no-answer-threshold", "1e9"] + ask)
    #expect((never[0]["answer"] as? String)?.isEmpty == false && never[0]["start"] is Int)
    let always = try await optional.objects(["--no-answer-threshold", "-1e9"] + ask)
    #expect(always[0]["answer"] as? String == "" && always[0]["start"] == nil)
    #expect(always[0]["null_odds"] as? Double == never[0]["null_odds"] as? Double)
    let people = try await optional.predict(["--no-answer-threshold", "-1e9"] + ask)
    #expect(people.standardOutput.contains(/\nso\?\n  no answer +\d+\.\d\d %\n/), "\(people)")
    let shown = try await optional.predict(
      ["--no-answer-threshold", "1e9", "--top", "3"] + ask)
    #expect(shown.standardOutput.contains(/\n  .+  \[\d+:\d+\] +\d+\.\d\d %\n/), "\(shown)")
    #expect(shown.standardOutput.split(separator: "\n").count == 5, "\(shown)")

    let plain = try await TrainedTexts.spans(hasUnanswerable: false)
    let answered = try await plain.objects(ask)
    #expect(answered[0]["null_odds"] == nil && answered[0]["start"] is Int)
    let given = try await plain.objects(["--no-answer-threshold", "-1e9"] + ask)
    #expect(given[0]["answer"] as? String == "" && given[0]["null_odds"] is Double)
  }

  @Test("Bad questions are reported with their place, and the others are answered")
  func badInputs() async throws {
    let trained = try await TrainedTexts.spans()
    try trained.folder.write(
      """
      {"question": "ta?", "context": "tane lu"}
      {"question": "ta?"}
      {"question": " ", "context": "tane lu"}
      {"question": "ta?", "context": ""}
      tane lu
      """, to: "asked")
    let objects = try await trained.objects(Self.windows + ["asked"], exitCode: 65)
    #expect(objects.map { $0["error"] != nil } == [false, true, true, true, true])
    let errors = objects.compactMap { $0["error"] as? String }
    #expect(errors[0].hasPrefix("asked, line 2: has no key 'context'"))
    #expect(errors[1].hasPrefix("asked, line 3: the question is empty"))
    #expect(errors[2].hasPrefix("asked, line 4: the context is empty"))
    #expect(errors[3].hasPrefix("asked, line 5: there is only a context: give the question"))
    for (arguments, words) in [
      (["--question-length", "21", "asked"], "--question-length 21: the model takes 24 tokens"),
      (["--second", "a", "asked"], "--second: does not go with a model of answers"),
      (["--class-names", "asked", "asked"], "--class-names: does not go"),
    ] {
      let run = try await trained.predict(arguments)
      #expect(run.failed(64, words), "\(run)")
    }
    // A question of many tokens leaves room for one of the context in each window.
    let long = String(repeating: "so lu ", count: 40)
    let cut = try await trained.objects(["--question", long, "tane lu"])
    #expect(cut.count == 1 && cut[0]["question"] as? String == long)
  }

  @Test("A question gets the same answer alone or with others, and after any other question")
  func predictor() async throws {
    let trained = try await TrainedTexts.spans(hasUnanswerable: false)
    let file = "\(trained.folder.path)/run/checkpoints/best"
    let model = try TrainedModel(.checkpoint(file), averaged: false, assignments: []) { _ in }
    var settings = SpanPredictor.Settings()
    settings.questionTokens = 6
    settings.windowStep = 5
    var predictor = try SpanPredictor(
      model, settings, vocabulary: "\(trained.folder.path)/vocab.txt", threads: 2)
    let contents = TrainedTexts.contexts.map { TextInput.Content.question("so?", context: $0) }
    func answers(_ contents: [TextInput.Content], top: Int? = nil) throws -> [FoundAnswer] {
      var answers: [FoundAnswer] = []
      try predictor.predict(contents, top: top) { answers.append($0) }
      return answers
    }
    let all = try answers(contents)
    #expect(all.count == contents.count)
    for (content, answer) in zip(contents, all).reversed() {
      let alone = try answers([content])
      #expect(alone == [answer])
    }
    let none = try answers([])
    let two = try answers(Array(contents.prefix(1)), top: 2)
    #expect(none.isEmpty && two[0].candidates.count == 2)
  }
}
