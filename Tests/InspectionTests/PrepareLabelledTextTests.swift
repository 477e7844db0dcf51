import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("prepare classification and prepare spans", .timeLimit(.minutes(60)))
struct PrepareLabelledTextTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    let lines = BookText.lines(80).split(separator: "\n")
    let rows = lines.enumerated().map { "\($1)\t\($0 % 2)\n" }.joined()
    try folder.write("sentence\tlabel\n" + rows, to: "train.tsv")
    try folder.write(
      "sentence\tlabel\n" + rows.split(separator: "\n")[0] + "\ntane.\t1\n", to: "dev.tsv")
    try folder.write(
      """
      {"version": "1.1", "data": [{"title": "t", "paragraphs": [{"context": "Tane \\ud83d\\ude00.rimeso lu.",
      "qas": [{"id": "q7", "question": "ta?", "answers": [{"text": "rimeso", "answer_start": 7}]}]}]}]}
      """, to: "squad.json")
  }

  private func prepare(_ arguments: String...) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: ["prepare"] + arguments, ranks: nil,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
  }

  @Test("Classes: what was found is printed and stored, and inspect shows samples")
  func classification() async throws {
    let run = try await prepare(
      "classification", "--train", "train.tsv", "--dev", "dev.tsv", "--text", "sentence",
      "--label-names", "bad,good", "--vocabulary", "vocab.txt", "--holdout", "0.2", "--output",
      "data/set", "--sequence-length", "32")
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardOutput.contains("2 classes: bad, good"), "\(run)")
    #expect(run.standardOutput.contains("dev: 2 samples in 1 shard"), "\(run)")
    #expect(run.standardError.contains("in the training files too (dev.tsv, line 2)"), "\(run)")
    let shown = try await command("inspect", "data/set/dev", "--samples", "2", in: folder.path)
    #expect(shown.exitCode == 0 && shown.standardOutput.contains("bad 1, good 1"), "\(shown)")
    #expect(shown.standardOutput.contains("[CLS] tane . [SEP]"), "\(shown)")
    #expect(!shown.standardOutput.contains("second text"), "\(shown)")
    let again = try await prepare(
      "classification", "--train", "train.tsv", "--text", "sentence", "--vocabulary", "vocab.txt",
      "--output", "data/set")
    #expect(again.failed(64, "data/set: sets are here already", "--force"), "\(again)")
  }

  @Test("Spans: places, the answers, and what decoding needs")
  func spans() async throws {
    let run = try await prepare(
      "spans", "--train", "squad.json", "--vocabulary", "vocab.txt", "--output", "spans",
      "--sequence-length", "32", "--question-length", "8")
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardOutput.contains("questions: 1 on 1 paragraph"), "\(run)")
    #expect(run.standardOutput.contains("rebuilt from tokens: 0, 0.00 %"), "\(run)")
    let shown = try await command("inspect", "spans/train", "--samples", "1", in: folder.path)
    #expect(shown.standardOutput.contains("q7, window 0"), "\(shown)")
    #expect(shown.standardOutput.contains("answer           rimeso"), "\(shown)")
  }

  @Test(
    "The vocabulary is that of a run with text; where it is gone or there is none, that is said")
  func weights() async throws {
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    try folder.write(BookText.lines(200), to: "text.txt")
    let text = try await prepare(
      "text", "--input", "text.txt", "--vocabulary", "vocab.txt", "--output", "text",
      "--sequence-length", "16")
    #expect(text.exitCode == 0, "\(text)")
    let settings = [
      "model.input=\"text\"", "model.vocabulary_size=58", "model.sequence_length=16",
      "data.format=\"text\"", "data.train=[\"text\"]", "data.test=[\"text\"]",
    ].flatMap { ["--set", $0] }
    for (name, more) in [("mlm", settings), ("digits", [])] {
      let trained = try await MPIRun(
        executable: "gmlp-train", arguments: ["--config", "digits.toml", "--run-dir", name] + more,
        ranks: nil, environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
      #expect(trained.exitCode == 0, "\(trained)")
    }
    func classify(weights: String) async throws -> MPIRun {
      try await prepare(
        "classification", "--train", "train.tsv", "--text", "sentence", "--weights", weights,
        "--output", "set", "--force")
    }
    for weights in ["mlm", "mlm/checkpoints/best"] {
      let run = try await classify(weights: weights)
      #expect(run.exitCode == 0, "\(run)")
      #expect(
        try folder.read("\(folder.path)/set/train/vocabulary.txt")
          == folder.read("\(folder.path)/vocab.txt"))
    }
    let images = try await classify(weights: "digits")
    #expect(images.failed(65, "digits: the model takes images"), "\(images)")
    try folder.remove("\(folder.path)/text/vocabulary.txt")
    let gone = try await classify(weights: "mlm")
    #expect(gone.failed(65, "vocabulary.txt is beside the shards", "--vocabulary"), "\(gone)")
  }

  @Test(
    "A run learns from a prepared set and is evaluated; what does not go with its model is named")
  func training() async throws {
    for (output, names) in [("set", "bad,good"), ("other", "good,bad")] {
      let run = try await prepare(
        "classification", "--train", "train.tsv", "--dev", "dev.tsv", "--text", "sentence",
        "--label-names", names, "--vocabulary", "vocab.txt", "--output", output,
        "--sequence-length", "32")
      #expect(run.exitCode == 0, "\(run)")
    }
    try folder.write(
      """
      [model]
      input = "text"
      vocabulary_size = \(BookText.vocabulary.split(separator: "\n").count)
      sequence_length = 32
      d_model = 16
      d_ffn = 32
      num_layers = 1
      num_classes = 2
      padding_token = 0
      mask_padding = true
      [task]
      kind = "classification"
      pooling = "mean"
      [data]
      format = "text"
      train = ["set/train"]
      test = ["set/dev"]
      [train]
      steps = 4
      global_batch_size = 8
      micro_batch_size = 4
      [schedule]
      warmup_steps = 0
      """, to: "run.toml")
    for (assignment, exitCode, words) in [
      ("model.num_classes=3", 64, "model.num_classes = 3: "),
      ("task.kind=spans", 64, "write \"classification\""),
      ("task.kind=auto", 65, "this is not a shard of text"),
      ("model.sequence_length=16", 65, "sequences have 32 tokens but the model takes 16"),
      ("model.padding_token=5", 64, "model.padding_token = 5"),
      ("data.test=[\"other/dev\"]", 65, "the classes are good, bad but those of"),
    ] {
      let run = try await command(
        "--config", "run.toml", "--run-dir", "run", "--set", assignment, in: folder.path)
      #expect(run.failed(Int32(exitCode), words), "\(assignment): \(run)")
    }
    let run = try await command("--config", "run.toml", "--run-dir", "run", in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let judged = try await command("evaluate", "--run-dir", "run", in: folder.path)
    #expect(judged.exitCode == 0 && judged.standardOutput.contains("bad"), "\(judged)")
  }

  @Test("Wrong options and files get one line")
  func usage() async throws {
    func expect(_ code: Int32, _ arguments: [String], _ words: String...) async throws {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: ["prepare"] + arguments, ranks: nil,
        directory: folder.path)
      for word in words { #expect(run.failed(code, word), "\(arguments): \(run)") }
    }
    let given = ["classification", "--train", "train.tsv", "--output", "set", "--text", "sentence"]
    let known = given + ["--vocabulary", "vocab.txt"]
    try await expect(64, given, "--vocabulary or --weights is missing")
    try await expect(64, known + ["--weights", "run"], "give only one of them")
    try await expect(64, known + ["--holdout", "1"], "--holdout 1.0: must be between 0 and 1")
    try await expect(64, known + ["--group", "sentence"], "--group: goes with --holdout")
    try await expect(64, known + ["--labels", "a,a"], "at least two different names")
    try await expect(64, known + ["--labels", "a,b", "--label-names", "a,b"], "only one of them")
    try await expect(64, known + ["--no-header"], "--no-header: needs the number")
    try await expect(64, known + ["--sequence-length", "4"], "at least 5")
    try await expect(65, known + ["--label", "lable"], "train.tsv, line 1: has no column 'lable'")
    try await expect(65, known + ["--pair", "second"], "has no column 'second'")
    try await expect(65, given + ["--weights", "none"], "none")
    let spans = ["spans", "--output", "set", "--vocabulary", "vocab.txt", "--train"]
    try await expect(
      64, spans + ["squad.json", "--sequence-length", "60"], "--question-length + 4")
    try await expect(64, spans + ["squad.json", "--window-step", "0"], "--window-step 0")
    try await expect(65, spans + ["train.tsv"], "train.tsv")
    #expect(try !folder.names(in: folder.path).contains("set"))
    for page in ["classification", "spans"] {
      let help = try await command("help", "prepare", page)
      #expect(
        help.exitCode == 0 && help.standardOutput.contains("USAGE: gmlp-train prepare \(page)"))
      for line in help.standardOutput.split(separator: "\n") {
        #expect(line.count <= 80, "\(line)")
      }
    }
    let shown = try await command("inspect", "train.tsv", "--samples", "2", in: folder.path)
    #expect(shown.failed(65, "train.tsv"), "\(shown)")
  }
}
