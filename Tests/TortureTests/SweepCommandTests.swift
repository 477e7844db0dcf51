import Foundation
import RunSupport
import TestSupport
import Testing

/// Sweeps of tiny runs on the digits.
@Suite("sweep", .timeLimit(.minutes(60)))
struct SweepCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    try write(variant: "")
  }

  private func write(variant: String) throws {
    try folder.write(
      """
      config = "digits.toml"
      seeds = [0, 1]
      [[variant]]
      name = "usual"
      [[variant]]
      name = "Three blocks"
      set = ["model.num_layers=3", "train.evaluate_every=3"]
      seeds = [5]
      \(variant)
      """, to: "small.toml")
  }

  @Test("Every variant is trained from its seeds, compared, and not trained twice")
  func table() async throws {
    let first = try await command("sweep", "small.toml", "--threads", "2", in: folder.path)
    #expect(first.exitCode == 0, "\(first)")
    #expect(first.standardOutput.contains("run 1 of 3: usual, seed 0"))
    #expect(first.standardOutput.contains("run 2 of 3: Three blocks, seed 5"))
    // A table that the user keeps elsewhere is written there.
    let table = "\(folder.path)/runs/small/table.md"
    try folder.remove(table)
    try FileManager.default.createSymbolicLink(
      atPath: table, withDestinationPath: "../../kept.md")
    let again = try await command("sweep", "small.toml", "--json", in: folder.path)
    let result = try again.object()
    let rows = try #require(result["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["variant"] as? String } == ["usual", "Three blocks"])
    #expect(rows.compactMap { $0["runs"] as? Int } == [2, 1])
    let runs = try #require(result["runs"] as? [[String: Any]])
    let losses = try runs.filter { $0["variant"] as? String == "usual" }.map { run in
      let evaluations = try #require(run["evaluations"] as? [[String: Any]])
      return try #require(evaluations.last?["loss"] as? Double)
    }
    let mean = try #require(rows.first?["loss"] as? Double)
    #expect(abs(mean - losses.reduce(0, +) / 2) < 1e-12 && Set(losses).count == 2)
    #expect(again.standardError.isEmpty, "nothing was left to train: \(again.standardError)")

    let text = try String(contentsOfFile: folder.path + "/runs/small/table.md", encoding: .utf8)
    #expect(try folder.text(of: "kept.md") == text)
    #expect(text.split(separator: "\n").count == 4 && first.standardOutput.contains(text))
    let plot = try String(contentsOfFile: folder.path + "/runs/small/loss.svg", encoding: .utf8)
    #expect(plot.hasPrefix("<svg") && plot.components(separatedBy: "<polyline").count == 4)
    let accuracy = try String(
      contentsOfFile: folder.path + "/runs/small/accuracy.svg", encoding: .utf8)
    #expect(accuracy.components(separatedBy: "<polyline").count == 4)
    // A run of the sweep is a run as any other.
    let evaluated = try await command(
      "evaluate", "--run-dir", "runs/small/three-blocks-seed5", "--json", in: folder.path)
    #expect(evaluated.exitCode == 0, "\(evaluated)")
  }

  @Test("A stopped sweep says so, and resumes to the same result")
  func resume() async throws {
    let steps = ["--set", "train.steps=300"]
    let run = try StartedRun(
      executable: "gmlp-train", arguments: ["sweep", "small.toml"] + steps, ranks: nil,
      environment: ["GMLP_TRAIN_FAULT": "0:forward:150:stop"], directory: folder.path)
    try await run.sendWhileStopped(SIGTERM)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended)")
    #expect(ended.standardError.contains("usual-seed0: stopped; sweep again to resume"))
    let shown = try await sweep(["--show", "--json"] + steps).object()
    let rows = try #require(shown["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["runs"] as? Int } == [0, 0])

    let complete = try await sweep(["--json", "--ranks", "2"] + steps)
    #expect(complete.standardError.contains("resumed after step"))
    let runs = try #require(try complete.object()["runs"] as? [[String: Any]])
    let whole = try await command(
      "--config", "digits.toml", "--set", "train.steps=300", "--run-dir", "whole", in: folder.path)
    let digest = try #require(runs.first?["weights_sha256"] as? String)
    #expect(whole.standardOutput.contains("weights sha256 \(digest)"))
    // Other settings are another sweep.
    let other = try await sweep(["--set", "train.steps=200"])
    #expect(other.failed(64, "usual-seed0", "trained with other settings"), "\(other)")
  }

  @Test("A line cut off by a crash is skipped, a damaged one is named")
  func damagedMetrics() async throws {
    _ = try await sweep([])
    let path = "runs/small/usual-seed0/metrics.jsonl"
    let whole = try folder.text(of: path)
    let table = try folder.text(of: "runs/small/table.md")
    for cut in ["{\"event\":\"evaluation\",\"step\":2,\"lo", "{"] {
      let lines = whole.split(separator: "\n").map(String.init)
      let damaged = lines.prefix(1) + [cut] + lines.dropFirst() + [cut]
      try folder.write(damaged.joined(separator: "\n"), to: path)
      let run = try await sweep(["--show"])
      #expect(run.exitCode == 0 && run.standardOutput == table, "\(run)")
    }
    try folder.write("{\"event\":7}\n" + whole, to: path)
    let run = try await sweep(["--show"])
    #expect(run.failed(65, "usual-seed0/metrics.jsonl: line 1"), "\(run)")
  }

  @Test("A run that diverged is skipped, and not trained again")
  func diverging() async throws {
    try write(
      variant: """
        [[variant]]
        name = "wild"
        set = ["optimizer.learning_rate=1000", "optimizer.grad_clip=0", "train.precision=fp32"]
        """)
    let run = try await sweep(["--json", "--set", "train.steps=60"])
    let runs = try #require(try run.object()["runs"] as? [[String: Any]])
    #expect(runs.compactMap { $0["diverged"] as? Bool } == [false, false, true, false, true])
    #expect(runs.count { $0["weights_sha256"] is String } == 3)
    let again = try await sweep(["--set", "train.steps=60"])
    #expect(again.exitCode == 0 && !again.standardOutput.contains("run "), "\(again)")
    #expect(again.standardOutput.contains("| 0, 2 diverged |"), "\(again)")
  }

  @Test("A run that fails for another reason ends the sweep with its code")
  func failing() async throws {
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: ["sweep", "small.toml"], ranks: nil,
      environment: ["GMLP_TRAIN_FAULT": "0:update:2:throw"], directory: folder.path)
    #expect(run.exitCode == 70, "\(run)")
    #expect(run.standardError.contains("usual-seed0: failed with exit code 70"), "\(run)")
    let shown = try await sweep(["--show", "--json"]).object()
    let runs = try #require(shown["runs"] as? [[String: Any]])
    #expect(runs.compactMap { $0["diverged"] as? Bool } == [false, false, false])
  }

  @Test("A stop before the ranks listen is honoured")
  func earlyStop() async throws {
    let run = try StartedRun(
      executable: "gmlp-train",
      arguments: ["sweep", "small.toml", "--ranks", "2", "--set", "train.steps=1000000"],
      ranks: nil,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
    try await run.wait(forOutput: "run 1 of 3")
    run.send(SIGTERM)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended)")
    #expect(ended.standardError.contains("usual-seed0: stopped; sweep again to resume"), "\(ended)")
  }

  @Test("Texts with classes are evaluated at the end, from the same weights with every seed")
  func texts() async throws {
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    try folder.write("label\ttext\nx\tta\ny\tne\nx\tta ta\ny\tne ne\n", to: "table.tsv")
    try folder.write(
      """
      [model]
      input = "text"
      vocabulary_size = 58
      sequence_length = 12
      d_model = 16
      d_ffn = 32
      num_layers = 1
      num_classes = 2
      [task]
      kind = "classification"
      [data]
      format = "text"
      train = ["set/train"]
      test = ["set/dev"]
      [train]
      steps = 3
      global_batch_size = 4
      micro_batch_size = 2
      [optimizer]
      learning_rate = 0
      [schedule]
      warmup_steps = 0
      """, to: "classes.toml")
    try folder.write(
      """
      config = "classes.toml"
      weights = "first"
      seeds = [0, 1]
      [[variant]]
      name = "given"
      [[variant]]
      name = "random"
      weights = ""
      """, to: "texts.toml")
    for arguments in [
      [
        "prepare", "classification", "--train", "table.tsv", "--dev", "table.tsv", "--text", "text",
        "--sequence-length", "12", "--vocabulary", "vocab.txt", "--output", "set",
      ],
      ["--config", "classes.toml", "--run-dir", "first"],
    ] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: arguments, ranks: nil, directory: folder.path)
      #expect(run.exitCode == 0, "\(run)")
    }
    let result = try await command("sweep", "texts.toml", "--json", in: folder.path).object()
    let rows = try #require(result["rows"] as? [[String: Any]])
    let scores = try #require(rows.first?["scores"] as? [[String: Any]])
    #expect(
      scores.compactMap { $0["metric"] as? String }
        == ["accuracy", "f1", "macro_f1", "matthews_correlation"])
    // With a rate of 0 a run ends with the weights that it began with.
    let runs = try #require(result["runs"] as? [[String: Any]])
    let digests = runs.compactMap { $0["weights_sha256"] as? String }
    #expect(runs.compactMap { $0["variant"] as? String } == ["given", "random", "given", "random"])
    #expect(digests.count == 4 && digests[0] == digests[2] && Set(digests).count == 2)
    let names = try folder.names(in: folder.path + "/runs/texts")
    #expect(names.contains("f1-seeds.svg") && names.contains("accuracy.svg"))
    let again = try await command("sweep", "texts.toml", in: folder.path)
    #expect(again.exitCode == 0 && !again.standardOutput.contains("run "), "\(again)")
    #expect(again.standardOutput.contains("| given | F1 |"), "\(again)")
  }

  @Test("A folder that cannot be created is named")
  func badFolder() async throws {
    try folder.write("no folder", to: "file")
    let run = try await sweep(["--output", "file/runs"])
    #expect(run.failed(74, "file/runs", "choose another --output"), "\(run)")
  }

  private func sweep(_ arguments: [String]) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: ["sweep", "small.toml"] + arguments, ranks: nil,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
  }

  @Test(
    "Text that would crash the TOML parser is refused in a sweep too",
    arguments: [
      "[=]", "[größe]", "a = 197\"-05-2", "a = 1979-05-27", "a = [}", "seeds\u{0} = [1]",
      "name = \"b\\u0000\"", "\u{2028}",
    ])
  func traps(text: String) async throws {
    try write(variant: text)
    let run = try await command("sweep", "small.toml", "--show", in: folder.path)
    #expect(run.failed(64, "small.toml: line "), "\(run)")
  }

  @Test("A sweep that is missing, a folder, or not text is refused")
  func noText() async throws {
    try folder.write([0xff, 0xfe, 0x00], to: "bytes.toml")
    for (path, words) in [
      ("none.toml", "no such file"), (".", "is a folder"), ("bytes.toml", "is UTF-16 text"),
    ] {
      let run = try await command("sweep", path, "--show", in: folder.path)
      #expect(run.failed(64, path, words, "a sweep"), "\(run)")
    }
  }

  @Test("A sweep whose first run is refused leaves nothing")
  func refusedRun() async throws {
    let run = try await command(
      "sweep", "small.toml", "--output", "a/b", "--set", "data.format=idx", in: folder.path)
    #expect(run.exitCode == 65 || run.exitCode == 64, "\(run)")
    #expect(try folder.names(in: folder.path) == ["digits.toml", "small.toml"])
  }

  @Test(
    "An impossible sweep is refused with the reason",
    arguments: [
      ("[[variant]]\nname = \"usual\"", "two variants are called \"usual\""),
      ("[[variant]]\nset = []", "needs a name"),
      ("[[variant]]\nname = \"a\"\nset = [\"train.steps=9\"]", "would not see the same samples"),
      ("[[variant]]\nname = \"a\"\nset = [\"model.d_modle=9\"]", "model.d_model"),
      ("[[variant]]\nname = \"a\"\nset = [\"model.d_ffn=7\"]", "a: model.d_ffn = 7"),
      ("[[variant]]\nname = \"a\"\nseeds = [1, 1]", "different integers"),
      ("[[variant]]\nname = \"a\"\nseed = 1", "unknown key seed"),
    ])
  func refused(variant: String, words: String) async throws {
    try write(variant: variant)
    let run = try await command("sweep", "small.toml", in: folder.path)
    #expect(run.failed(64, words), "\(run)")
  }
}
