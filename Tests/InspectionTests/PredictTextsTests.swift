import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("predict for classes of texts", .timeLimit(.minutes(60)))
struct PredictTextsTests {
  /// Name and probability of each class that an object tells.
  private func classes(_ object: [String: Any]) throws -> [(name: String, probability: Double)] {
    try #require(object["classes"] as? [[String: Any]]).map {
      (try #require($0["name"] as? String), try #require($0["probability"] as? Double))
    }
  }

  private func probabilities(_ objects: [[String: Any]]) throws -> [[String: Double]] {
    try objects.map { object in
      let pairs = try classes(object).map { ($0.name, $0.probability) }
      return Dictionary(uniqueKeysWithValues: pairs)
    }
  }

  @Test("Arguments, lines, JSON, TSV and CSV of the same pairs get the same classes, by name")
  func formats() async throws {
    let trained = try await TrainedTexts.classifier()
    let rows = TrainedTexts.pairs.rows
    let json = try rows.map { row in
      let object = ["premise": row.premise, "hypothesis": row.hypothesis]
      return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
    }
    try trained.folder.write("\u{feff}" + json.joined(separator: "\r\n"), to: "pairs.jsonl")
    try trained.folder.write(json.joined(separator: "\n") + "\n", to: "pairs")
    let quoted = rows.map { "\"\($0.premise)\",\($0.hypothesis)\r\n" }
    try trained.folder.write("text,text_pair\r\n" + quoted.joined(), to: "pairs.csv")
    let tsv = try await trained.objects(["pairs.tsv"])
    #expect(tsv.count == rows.count && tsv.map { $0["input"] as? Int } == Array(1...20))
    #expect(tsv.map { $0["line"] as? Int } == Array(2...21))
    #expect(tsv[3]["file"] as? String == "pairs.tsv")
    #expect(tsv[3]["text"] as? String == rows[3].premise)
    #expect(tsv[3]["text_pair"] as? String == rows[3].hypothesis)
    let expected = try probabilities(tsv)
    for (number, probabilities) in expected.enumerated() {
      #expect(Set(probabilities.keys) == ["bad", "fair", "good"])
      #expect(abs(probabilities.values.reduce(0, +) - 1) < 1e-9)
      let order = try classes(tsv[number]).map(\.probability)
      #expect(order == order.sorted(by: >))
    }
    for file in ["pairs.jsonl", "pairs", "pairs.csv"] {
      let objects = try await trained.objects([file])
      #expect(try probabilities(objects) == expected, "\(file)")
    }
    let arguments = try await trained.objects(json + ["pairs.csv"])
    #expect(try probabilities(arguments) == expected + expected)
    #expect(arguments[0]["file"] == nil && arguments[0]["line"] == nil)
    // The second text may be the same for all.
    let second = try await trained.objects(["--second", rows[0].hypothesis, rows[0].premise])
    #expect(try probabilities(second) == Array(expected.prefix(1)))
    let named = try await trained.objects(["--text", "hypothesis", "pairs.tsv"])
    #expect(named[0]["text"] as? String == rows[0].hypothesis && named[0]["text_pair"] == nil)
  }

  @Test("They are the classes that evaluate predicts of the prepared set")
  func evaluation() async throws {
    let trained = try await TrainedTexts.classifier()
    let run = try await command(
      "evaluate", "--run-dir", "run", "--predictions", "classes.tsv", in: trained.folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let rows = try trained.folder.text(of: "classes.tsv").split(separator: "\n").dropFirst()
    let evaluated = rows.map { String($0.split(separator: "\t")[1]) }
    let predicted = try await trained.objects(["--top", "1", "pairs.tsv"])
    #expect(try predicted.map { try classes($0).map(\.name) } == evaluated.map { [$0] })
    #expect(evaluated.count == 20)
  }

  @Test("Threads share the texts and change no bit")
  func threads() async throws {
    let trained = try await TrainedTexts.classifier()
    let one = try await trained.predict(["--json", "--threads", "1", "pairs.tsv"])
    for threads in ["2", "3", "40"] {
      let other = try await trained.predict(["--json", "--threads", threads, "pairs.tsv"])
      #expect(other.exitCode == 0 && other.standardOutput == one.standardOutput, "\(other)")
    }
  }

  @Test("People get one line per text; bad lines are reported, and the others are answered")
  func people() async throws {
    let trained = try await TrainedTexts.classifier()
    let run = try await trained.predict(["tane\tlu.", "--second", "so"])
    #expect(run.exitCode == 0, "\(run)")
    let line = try #require(run.standardOutput.split(separator: "\n").last)
    let form = /(bad |fair|good) +\d+\.\d\d %  tane\\tlu\. \| so/
    #expect(line.wholeMatch(of: form) != nil, "\(line)")
    let top = try await trained.predict(["--top", "3", "tane"])
    let all = try #require(top.standardOutput.split(separator: "\n").last)
    #expect(all.matches(of: /\d %/).count == 3 && all.hasSuffix("  tane"), "\(all)")

    try trained.folder.write(Array("tane.\n\ncaf".utf8) + [0xe9, 0x0a, 0x6c, 0x75], to: "bad.txt")
    let mixed = try await trained.predict(["so", "bad.txt", "none.tsv", "lu"])
    #expect(mixed.exitCode == 65)
    let errors = mixed.standardError.split(separator: "\n")
    #expect(errors.count == 4, "\(mixed)")
    #expect(errors[0].hasPrefix("gmlp-train: bad.txt, line 2: the text is empty"), "\(mixed)")
    #expect(errors[1].hasPrefix("gmlp-train: bad.txt, line 3: the text is not UTF-8"), "\(mixed)")
    #expect(errors[2].hasPrefix("gmlp-train: none.tsv: cannot open"), "\(mixed)")
    #expect(errors[3].hasSuffix("3 of 7 inputs could not be used"), "\(mixed)")
    let texts = mixed.standardOutput.split(separator: "\n").dropFirst()
      .compactMap { $0.split(separator: " ").last }
    #expect(texts == ["so", "tane.", "lu", "lu"], "\(mixed)")

    let empty = try await trained.objects(["so", "", "lu"], exitCode: 65)
    try #require(empty.count == 3)
    let fault = try #require(empty[1]["error"] as? String)
    #expect(fault.hasPrefix("argument 2: the text is empty"), "\(fault)")
    let objects = try await trained.objects(["so", "bad.txt", "none.tsv", "lu"], exitCode: 65)
    #expect(objects.map { $0["input"] as? Int } == Array(1...7))
    #expect(objects.map { $0["error"] != nil } == [false, false, true, true, false, true, false])
  }

  @Test("A single input that cannot be used ends with its own line")
  func single() async throws {
    let trained = try await TrainedTexts.classifier()
    for (argument, words) in [
      (" ", "argument 1: the text is empty"), ("none.tsv", "none.tsv: cannot open"),
      ("{\"body\": \"a\"}", "argument 1: has no key called"), ("set", "set: is not a file"),
    ] {
      let run = try await trained.predict([argument])
      #expect(run.failed(65, words), "\(run)")
    }
  }

  @Test(
    "Standard input is a dash, or no argument, and is answered line by line while it stays open")
  func pipe() async throws {
    let trained = try await TrainedTexts.classifier()
    let expected = try await trained.objects(["tane", "lu"])
    for dash in [[], ["-"]] {
      // Each line is written only when the one before was answered.
      let run = try await shell(
        """
        coproc MODEL { "$@"; }
        process=$MODEL_PID reading=${MODEL[0]} writing=${MODEL[1]}
        for text in tane '' lu; do
          echo "$text" >&"$writing"
          read -r answer <&"$reading"
          echo "$answer"
        done
        exec {writing}>&-
        wait "$process"
        """, ["predict", "--run-dir", "run", "--json"] + dash, in: trained.folder.path)
      #expect(run.exitCode == 65, "\(run)")
      let objects = try TrainedTexts.objects(run.standardOutput)
      try #require(objects.count == 3, "\(run)")
      #expect(try probabilities([objects[0], objects[2]]) == probabilities(expected))
      #expect(objects.map { $0["line"] as? Int } == [1, 2, 3])
      #expect(objects[0]["file"] as? String == "standard input")
      let error = try #require(objects[1]["error"] as? String)
      #expect(error.hasPrefix("standard input, line 2: the text is empty") && objects[1].count == 4)
    }
    let table = try await shell(
      "cat pairs.tsv | \"$@\"", ["predict", "--run-dir", "run", "--json"], in: trained.folder.path)
    #expect(try TrainedTexts.objects(table.standardOutput).count == 20, "\(table)")
    let nothing = try await trained.predict([])
    #expect(nothing.exitCode == 0 && nothing.complaints.isEmpty, "\(nothing)")
    // The reader of the answers may leave.
    let left = try await shell(
      "yes tane | \"$@\" | head -n 3", ["predict", "--run-dir", "run", "--json"],
      in: trained.folder.path)
    #expect(left.exitCode == 0 && left.standardOutput.split(separator: "\n").count == 3, "\(left)")
  }

  @Test("A vocabulary and names can be given where the training set is gone")
  func withoutSet() async throws {
    let trained = try await TrainedTexts.classifier()
    let before = try await trained.predict(["--json", "tane", "lu"])
    try trained.folder.rename("\(trained.folder.path)/set", to: "\(trained.folder.path)/away")
    let gone = try await trained.predict(["tane"])
    #expect(gone.failed(65, "set/train", "--vocabulary"), "\(gone)")
    let named = try await trained.predict(["--json", "--vocabulary", "vocab.txt", "tane", "lu"])
    #expect(named.exitCode == 0 && named.standardOutput == before.standardOutput, "\(named)")
    try trained.folder.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n", to: "other.txt")
    let other = try await trained.predict(["--vocabulary", "other.txt", "tane"])
    #expect(other.failed(65, "other.txt", "6 pieces but the model has 58"), "\(other)")
    try trained.folder.write("one\ntwo\nthree\n", to: "names.txt")
    let names = try await trained.objects(
      ["--vocabulary", "vocab.txt", "--class-names", "names.txt", "tane"])
    #expect(try Set(classes(names[0]).map(\.name)) == ["one", "two", "three"])
  }

  @Test("Options of other models are refused")
  func usage() async throws {
    let trained = try await TrainedTexts.classifier()
    for (arguments, words) in [
      (["--question", "who", "a"], "--question: does not go with a model of classes of texts"),
      (["--window-step", "3", "a"], "--window-step: does not go"),
      (["--pair", "b", "a"], "--pair: goes with --text"),
      (["--no-answer-threshold", "-1.5", "a"], "--no-answer-threshold: does not go"),
      (["--no-answer-threshold", "nan", "a"], "must be a number"),
      (["--question-length", "0", "a"], "--question-length 0: must be at least 1"),
    ] {
      let run = try await trained.predict(arguments)
      #expect(run.failed(64, words), "\(run)")
    }
  }
}
