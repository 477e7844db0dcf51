import Foundation
import RunSupport
import TestSupport
import Testing

@testable import Planning
@testable import Reporting
@testable import Train

/// What runs and commands write, compared with `docs/metrics.md`.
@Suite("Metrics page", .timeLimit(.minutes(60)))
struct MetricsPageTests {
  private let page: MetricsPage
  private let folder: TemporaryFolder

  init() throws {
    page = try MetricsPage()
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  /// The object that a command prints with `--json`.
  private func object(
    _ arguments: String..., ranks: Int? = nil, exitCode: Int32 = 0
  ) async throws -> [String: Any] {
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: arguments + ["--json"], ranks: ranks,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
    #expect(run.exitCode == exitCode, "\(arguments): \(run)")
    return try run.object()
  }

  /// Trains the digits into `name`, with a fault if one is given.
  @discardableResult
  private func train(
    _ name: String, _ more: [String] = [], fault: String? = nil, ranks: Int? = nil,
    exitCode: Int32 = 0
  ) async throws -> [[String: Any]] {
    var environment = ["OMPI_MCA_orte_execute_quiet": "1"]
    if let fault { environment["GMLP_TRAIN_FAULT"] = fault }
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: ["--config", "digits.toml", "--run-dir", name] + more,
      ranks: ranks, environment: environment, directory: folder.path)
    #expect(run.exitCode == exitCode, "\(run)")
    return try events(in: "\(name)/metrics.jsonl")
  }

  /// The events in a file of the folder.
  private func events(in file: String) throws -> [[String: Any]] {
    try folder.text(of: file).split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// The events that no run can be made to write: whether a rank is called slow depends on what else the machine does.
  private func eventsOfSlowRanks() throws -> [[String: Any]] {
    let file = "slow.jsonl"
    let report = Report(metrics: try MetricsFile(path: "\(folder.path)/\(file)"), display: nil)
    let plan = StepPlan(decoding: Array(repeating: 0, count: 11))
    report.straggler(StragglerWatch.Change(rank: 1, speed: 0.5, costSeconds: 0.1), plan, "rank 1")
    report.balance([3, 1], from: plan, threads: 1)
    return try events(in: file)
  }

  @Test("Exactly the events of a run and their fields are documented")
  func events() async throws {
    let record = ["--set", "train.record_digests=true"]
    var events = try await train("run", record, fault: "0:backward:2:nan")
    events += try await train(
      "diverged", ["--set", "train.max_skipped_steps=1"], fault: "0:backward:*:nan", exitCode: 70)
    events += try await train(
      "changed", ["--set", "train.shared_memory=false"], fault: "1:forward:4:flip:7", ranks: 3)
    try await prepareText()
    events += try await train("text-run", textSettings)
    events += try eventsOfSlowRanks()
    events += try await classifyTexts()
    for event in events { #expect(event["schema_version"] as? Int == 2) }
    let always: Set = ["event", "time", "schema_version"]
    #expect(page.fields["Every event"] == always)
    let byKind = Dictionary(grouping: events) { $0["event"] as? String ?? "" }
    for (kind, lines) in byKind {
      let rest = lines.map { $0.filter { !always.contains($0.key) } }
      #expect(lines.allSatisfy { always.isSubset(of: $0.keys) })
      page.expect("Event `\(kind)`", rest)
    }
    let headings = Set(page.fields.keys.filter { $0.hasPrefix("Event `") })
    #expect(headings == Set(byKind.keys.map { "Event `\($0)`" }))
  }

  /// The events of a run on texts with classes, which need no files.
  private func classifyTexts() async throws -> [[String: Any]] {
    try folder.write(
      """
      [model]
      input = "text"
      vocabulary_size = 20
      sequence_length = 12
      d_model = 16
      d_ffn = 32
      num_layers = 1
      num_classes = 2
      [task]
      kind = "classification"
      [train]
      steps = 2
      [schedule]
      warmup_steps = 0
      """, to: "classes.toml")
    let run = try await MPIRun(
      executable: "TaskRuns", arguments: ["classes.toml", "classes"], ranks: nil,
      directory: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    return try folder.text(of: "classes/metrics.jsonl").split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test("Each field of evaluate, predict and inspect")
  func models() async throws {
    try await train("run")
    try await prepareText()
    try await train("text-run", textSettings)
    let weights = "run/checkpoints/best/model.safetensors"
    try nameClasses()
    var evaluations = [
      try await object("evaluate", "--run-dir", "run"),
      try await object("evaluate", "--run-dir", "text-run"),
      try await object("evaluate", "--config", "named.toml", "--weights", weights),
    ]
    evaluations += try await judgeLabelledText()
    page.expect("`evaluate --json`", evaluations)
    try await prepareImages()
    try folder.write((0..<10).map { "class \($0)\n" }.joined(), to: "names.txt")
    page.expect(
      "`predict --json`",
      [
        try await object(
          "predict", "--run-dir", "run", "shards", "nothing.png", "--class-names", "names.txt",
          exitCode: 65),
        try await object("predict", "--run-dir", "text-run", "tane [MASK]."),
      ])
    page.expect(
      "`inspect --json` of a configuration",
      [
        try await object("inspect", "digits.toml", "--ranks", "2"),
        try await object("inspect", "digits.toml", "--threads", "9"),
      ])
    page.expect("`inspect --json` of a checkpoint", [try await object("inspect", "run")])
    page.expect("`inspect --json` of a safetensors file", [try await object("inspect", weights)])
  }

  /// What `evaluate` gives of texts with classes, and of questions of which one has no answer.
  private func judgeLabelledText() async throws -> [[String: Any]] {
    try folder.write("label\ta\nx\tta\ny\tne\nx\tri\n", to: "labels.tsv")
    let questions = [
      #"{"id": "q", "question": "ta?", "answers": [{"text": "ne", "answer_start": 3}]}"#,
      #"{"id": "r", "question": "ri?", "answers": [], "is_impossible": true}"#,
    ].joined(separator: ", ")
    try folder.write(
      #"{"data": [{"paragraphs": [{"context": "ta ne.", "qas": [\#(questions)]}]}]}"#,
      to: "asked.json")
    let common = ["--vocabulary", "vocab.txt", "--sequence-length", "16"]
    var results: [[String: Any]] = []
    for (task, options, model) in [
      ("classification", ["--train", "labels.tsv", "--text", "a"], "num_classes = 2"),
      ("spans", ["--train", "asked.json", "--question-length", "8"], ""),
    ] {
      try folder.write(
        """
        [model]
        input = "text"
        vocabulary_size = 58
        sequence_length = 16
        d_model = 16
        d_ffn = 32
        num_layers = 1
        \(model)
        [task]
        kind = "\(task)"
        [data]
        format = "text"
        train = ["of-\(task)/train"]
        test = ["of-\(task)/train"]
        [train]
        steps = 1
        global_batch_size = 2
        micro_batch_size = 1
        [schedule]
        warmup_steps = 0
        """, to: "\(task).toml")
      for arguments in [
        ["prepare", task, "--output", "of-\(task)"] + options + common,
        ["--config", "\(task).toml", "--run-dir", "run-\(task)"],
      ] {
        let run = try await MPIRun(
          executable: "gmlp-train", arguments: arguments, ranks: nil, directory: folder.path)
        #expect(run.exitCode == 0, "\(run)")
      }
      results.append(try await object("evaluate", "--run-dir", "run-\(task)"))
    }
    return results
  }

  @Test("Each field of predict about texts and questions")
  func askedTexts() async throws {
    try await BadTextTable.train(in: folder)
    try folder.write("{\"id\": 1, \"body\": \"ta\"}\n", to: "bad.jsonl")
    let pair = "{\"id\": 1, \"text\": \"ta\", \"text_pair\": \"ne\"}"
    page.expect(
      "`predict --json` of texts",
      [
        try await object("predict", "--run-dir", "run", pair),
        try await object("predict", "--run-dir", "run", "bad.jsonl", exitCode: 65),
      ])
    try folder.write(
      """
      {"data": [{"paragraphs": [{"context": "ta ne.", "qas": [
      {"answers": [{"text": "ne", "answer_start": 3}], "id": "r", "question": "ri"},
      {"answers": [], "is_impossible": true, "id": "s", "question": "so"}]}]}]}
      """, to: "squad.json")
    _ = try await object(
      "prepare", "spans", "--train", "squad.json", "--vocabulary", "vocab.txt", "--output", "spans",
      "--sequence-length", "16", "--question-length", "6")
    try folder.write(
      BadTextTable.configuration.replacing("classes/train", with: "spans/train")
        .replacing("\"classification\"", with: "\"spans\"")
        .replacing("batch_size = 4", with: "batch_size = 2"), to: "spans.toml")
    let trained = try await command(
      "--config", "spans.toml", "--run-dir", "answers", in: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    let asked = "{\"id\": \"r\", \"question\": \"ri\", \"context\": \"ta ne.\"}"
    try folder.write("{\"id\": 1, \"question\": \"ta\"}\n", to: "bad.jsonl")
    page.expect(
      "`predict --json` of questions",
      [
        try await object(
          "predict", "--run-dir", "answers", "--no-answer-threshold", "1e9", asked),
        try await object("predict", "--run-dir", "answers", "bad.jsonl", exitCode: 65),
      ])
  }

  @Test("Each field of prepare, and of inspect of what it made")
  func preparations() async throws {
    page.expect("`prepare images --json`", [try await prepareImages()])
    page.expect("`prepare images --json` of pictures", [try await preparePictures()])
    page.expect("`prepare text --json`", [try await prepareText()])
    for (folder, kind) in [("shards", "images"), ("packed", "pictures"), ("data", "text")] {
      let files = try FileManager.default.contentsOfDirectory(
        atPath: "\(self.folder.path)/\(folder)")
      let shard = try #require(files.first { $0.hasSuffix(".shard") })
      page.expect(
        "`inspect --json` of shards of \(kind)",
        [
          try await object("inspect", folder),
          try await object("inspect", "\(folder)/\(shard)"),
        ])
    }
  }

  @Test("Each field of preparations of labelled text, and of inspect of what they made")
  func labelledText() async throws {
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    try folder.write("label\ta\nx\tta\ny\tne\nx\tta\n", to: "table.tsv")
    let answers = """
      {"text": "ne", "answer_start": 3}], "id": "q", "question": "ta?"}, {"answers": [{"text": "e", "answer_start": 4}
      """
    try folder.write(
      """
      {"data": [{"paragraphs": [{"context": "ta ne.", "qas": [{"answers": [\(answers)], "id": "r", "question": "ri"}]}]}]}
      """, to: "squad.json")
    let wordPieces = BookText.vocabulary + "ne\n"
    try folder.write(wordPieces, to: "words.txt")
    page.expect(
      "`prepare classification --json`",
      [
        try await object(
          "prepare", "classification", "--train", "table.tsv", "--text", "a", "--vocabulary",
          "vocab.txt", "--output", "classes")
      ])
    page.expect(
      "`prepare spans --json`",
      [
        try await object(
          "prepare", "spans", "--train", "squad.json", "--vocabulary", "words.txt", "--output",
          "spans")
      ])
    page.expect(
      "`inspect --json` of shards of labelled text",
      [
        try await object("inspect", "classes/train", "--samples", "2"),
        try await object("inspect", "classes/train/00000.shard"),
        try await object("inspect", "spans/train", "--samples", "1"),
      ])
  }

  @Test("Each field of checkpoints list, verify, diff and prune")
  func checkpoints() async throws {
    let often = ["--set", "train.checkpoint_every=1", "--set", "train.keep=9"]
    try await train("run", often)
    try await train("other", ["--set", "seed=1"])
    let runs = [1, 3].map { "run/checkpoints/step-000000000\($0)" }
    let weights = runs.map { "\($0)/model.safetensors" }
    page.expect(
      "`checkpoints diff --json`",
      [
        try await object("checkpoints", "diff", runs[0], runs[1], exitCode: 1),
        try await object(
          "checkpoints", "diff", "run/checkpoints/best", "other/checkpoints/best", exitCode: 1),
        try await object("checkpoints", "diff", weights[0], weights[1], exitCode: 1),
      ])
    _ = try TrainedDigits.leaveDraft(in: folder, "run")
    let moved = "\(folder.path)/run/checkpoints"
    try FileManager.default.moveItem(
      atPath: "\(moved)/step-0000000001", toPath: "\(moved)/.step-0000000001.replaced")
    try folder.write("damaged", to: "\(runs[1])/state.json")
    page.expect("`checkpoints list --json`", [try await object("checkpoints", "list", "run")])
    try folder.reseal("other/checkpoints/step-0000000006") {
      $0["configuration"] = "[model]\nno_such_key = 1\n"
    }
    page.expect(
      "`checkpoints verify --json`",
      [
        try await object("checkpoints", "verify", "run", exitCode: 65),
        try await object("checkpoints", "verify", "other", exitCode: 65),
      ])
    page.expect(
      "`checkpoints prune --json`",
      [try await object("checkpoints", "prune", "run", "--keep", "2", "--dry-run")])
  }

  @Test("Each field of compare and report")
  func comparisons() async throws {
    try await train("run")
    // Another input, and averaged weights that differ only in checkpoints before the first evaluation.
    try await train("input", ["--set", "data.mean=[0.2]", "--threads", "2"])
    try await train("average", ["--set", "train.ema_decay=0.01"])
    page.expect(
      "`compare --json`",
      [
        try await object("compare", "run", "input", exitCode: 1),
        try await object("compare", "run", "average", exitCode: 1),
      ])
    page.expect("`report --json`", [try await object("report", "run")])
  }

  @Test("Each field of doctor, replay, sweep and torture")
  func tools() async throws {
    page.expect(
      "`doctor --json`",
      [try await object("doctor", "--config", "digits.toml", "--set", "schedule.warmup_steps=9")])
    try await train(
      "run", ["--set", "train.record_digests=true", "--set", "train.keep=9"], ranks: 2)
    page.expect(
      "`replay --json`",
      [
        try await object(
          "replay", "--run-dir", "run", "--step", "5", "--rank", "1", "--of", "2")
      ])
    let variant = "seeds = [0, 1]\n[[variant]]\nname = \"one\"\n"
    try await prepareText()
    // In single quotes, for the values have double ones.
    let text = textSettings.filter { $0 != "--set" }.map { "'\($0)'" }.joined(separator: ", ")
    try folder.write("config = \"digits.toml\"\n\(variant)", to: "images.toml")
    try folder.write("config = \"digits.toml\"\n\(variant)set = [\(text)]\n", to: "words.toml")
    try await prepareClasses()
    try folder.write("config = \"classes.toml\"\n\(variant)", to: "texts.toml")
    page.expect(
      "`sweep --json`",
      [
        try await object("sweep", "images.toml"), try await object("sweep", "words.toml"),
        try await object("sweep", "texts.toml"),
      ])
    try folder.write(
      """
      config = "digits.toml"
      [grid]
      optimizer.learning_rate = [1e-3, 2e-3]
      [halving]
      factor = 2
      budget = 6
      """, to: "halves.toml")
    page.expect(
      "`sweep --json` with `[halving]`", [try await object("sweep", "halves.toml")])
    page.expect(
      "`torture --json`",
      [
        try await object(
          "torture", "--config", "digits.toml", "--output", "torture", "--faults", "2",
          "--ranks", "2", "--kind", "rank killed at a place", "--planted", "*:forward:*:rank-seed",
          "--set", "train.steps=200", "--set", "model.survival_probability=0.9", exitCode: 70),
        try await object(
          "torture", "--config", "digits.toml", "--output", "bits", "--faults", "1", "--ranks",
          "2", "--kind", "bit turned", "--set", "train.steps=200"),
      ])
  }

  @Test("Each field of benchmark, with --scaling and --reduction too")
  func benchmark() async throws {
    page.expect(
      "`benchmark --json`",
      [
        try await object(
          "benchmark", "--config", "digits.toml", "--steps", "3", "--checkpoint", ".", ranks: 2)
      ])
    page.expect(
      "`benchmark --scaling --json`",
      [
        try await object(
          "benchmark", "--config", "digits.toml", "--steps", "2", "--scaling", "1,2")
      ])
    page.expect(
      "`benchmark --reduction --json`",
      [try await object("benchmark", "--reduction", "--steps", "2", "--largest", "1", ranks: 2)])
  }

  @Test("Each field of plan, and of the profile that it reads")
  func plan() async throws {
    let run = try await command(
      "benchmark", "--config", "digits.toml", "--steps", "2", "--profile", "profile.json",
      in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let profile = try JSONSerialization.jsonObject(
      with: Data(try folder.text(of: "profile.json").utf8))
    page.expect("The file of `benchmark --profile`", [profile])
    page.expect(
      "`plan --json`",
      [
        try await object(
          "plan", "--config", "digits.toml", "--gemm-rate", "20", "--hosts", "4", "--link",
          "100kbit")
      ])
  }

  /// Keys with which the digits' configuration trains on the text of ``prepareText()``.
  private let textSettings = [
    "model.input=\"text\"", "model.vocabulary_size=58", "model.sequence_length=16",
    "data.format=\"text\"", "data.train=[\"data\"]", "data.test=[\"data\"]",
  ].flatMap { ["--set", $0] }

  @discardableResult
  private func prepareText() async throws -> [String: Any] {
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    try folder.write(BookText.lines(200), to: "text.txt")
    return try await object(
      "prepare", "text", "--input", "text.txt", "--vocabulary", "vocab.txt", "--output", "data",
      "--sequence-length", "16")
  }

  /// Prepares texts with classes, and writes a configuration that learns them.
  private func prepareClasses() async throws {
    try folder.write("label\ta\nx\tta\ny\tne\nx\tta ta\ny\tne ne\n", to: "table.tsv")
    _ = try await object(
      "prepare", "classification", "--train", "table.tsv", "--dev", "table.tsv", "--text", "a",
      "--sequence-length", "12", "--vocabulary", "vocab.txt", "--output", "classes")
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
      train = ["classes/train"]
      test = ["classes/dev"]
      [train]
      steps = 2
      global_batch_size = 4
      micro_batch_size = 2
      [schedule]
      warmup_steps = 0
      """, to: "classes.toml")
  }

  /// Writes pictures whose classes have names, and a configuration that reads them for the digits' model.
  private func nameClasses() throws {
    try folder.write(
      tar(["cat", "dog"].map { TarEntry("\($0)/1.png", greyPNG(3, rows: 8, columns: 8)) }),
      to: "named.tar")
    try folder.write(
      TrainedDigits.configuration.replacing("\"digits\"", with: "\"tar\"")
        .replacing("= []", with: "= [\"named.tar\"]"), to: "named.toml")
  }

  private func preparePictures() async throws -> [String: Any] {
    let entries = [
      TarEntry("cat/1.png", greyPNG(1)), TarEntry("dog/1.png", greyPNG(2)),
      TarEntry("dog/2.png", Array(greyPNG(3).dropLast(30))),
    ]
    try folder.write(tar(entries), to: "set.tar")
    return try await object(
      "prepare", "images", "--format", "tar", "--input", "set.tar", "--output", "packed",
      "--skip-unreadable")
  }

  @discardableResult
  private func prepareImages() async throws -> [String: Any] {
    try await object("prepare", "--format", "digits", "--split", "test", "--output", "shards")
  }
}
