import Foundation
import RunSupport
import TestSupport
import Testing

/// Masked language models from text to filled sentences, with real ranks.
@Suite("Training on text", .timeLimit(.minutes(60)), .serialized)
struct TextTrainingTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    for (name, lines) in [("train", 900), ("test", 120)] {
      try folder.write(BookText.lines(lines, seed: UInt64(lines)), to: "\(name).txt")
    }
    try folder.write(Self.configuration(model: ""), to: "run.toml")
  }

  /// Sequences of 16 tokens; an epoch border and evaluations lie inside, ranks hold several micro-batches.
  private static func configuration(model: String) -> String {
    """
    seed = 5
    [model]
    input = "text"
    vocabulary_size = 58
    sequence_length = 16
    d_model = 32
    d_ffn = 64
    num_layers = 2
    \(model)
    [data]
    format = "text"
    train = ["data/train"]
    test = ["data/test"]
    [train]
    steps = 40
    global_batch_size = 23
    micro_batch_size = 1
    label_smoothing = 0.1
    ema_decay = 0.9
    bucket_mb = 0.01
    checkpoint_every = 10
    [optimizer]
    learning_rate = 1e-2
    weight_decay = 0.01
    [schedule]
    kind = "linear"
    warmup_steps = 4

    """
  }

  private func prepare() async throws {
    for name in ["train", "test"] {
      let run = try await command(
        "prepare", "text", "--input", "\(name).txt", "--vocabulary", "vocab.txt", "--output",
        "data/\(name)", "--sequence-length", "16", in: folder.path)
      #expect(run.exitCode == 0, "\(run.standardError)")
    }
  }

  /// The digest of the weights at the end of a run.
  private func train(
    _ name: String, ranks: Int?, _ arguments: [String] = [], exitCode: Int32 = 0
  ) async throws -> String {
    try await trainedDigest(
      "run.toml", run: name, ranks: ranks, arguments, exitCode: exitCode, in: folder.path)
  }

  private func events(_ run: String, _ event: String) throws -> [[String: Any]] {
    try String(contentsOfFile: "\(folder.path)/\(run)/metrics.jsonl", encoding: .utf8)
      .split(separator: "\n").compactMap {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }.filter { $0["event"] as? String == event }
  }

  private static let models = [
    "toeplitz = true", "toeplitz = true\nattention_size = 8\nsurvival_probability = 0.9",
    """
    kind = "transformer"
    num_heads = 2
    positions = "relative"
    padding_token = 0
    dropout = 0.1
    """,
    "kind = \"transformer\"\nnum_heads = 2\npositions = \"learned\"\npost_norm = true",
    "kind = \"mixer\"\nd_token = 8",
    "kind = \"transformer\"\nnum_heads = 2\npositions = \"rotary\"\npadding_token = 0",
    """
    toeplitz = true
    attention_size = 8
    padding_token = 0
    mask_padding = true
    segments = true
    separator_token = 3
    """,
    "kind = \"mixer\"\nd_token = 8\npadding_token = 0\nmask_padding = true\noutput_scale = 0.1",
  ]

  /// Models with a precision and the numbers of ranks that train them.
  ///
  /// Eight ranks are many for two cores: they are tried for gMLP, aMLP and one Transformer, in one
  /// precision each. The others have one precision, in turn.
  private static let cases: [(String, String, [Int])] = models.enumerated().flatMap {
    (index, model) -> [(String, String, [Int])] in
    let precisions = index.isMultiple(of: 2) ? ["fp32", "bf16"] : ["bf16", "fp32"]
    guard index < 3 else { return [(model, precisions[0], [3])] }
    return [(model, precisions[0], [2, 3, 4, 8]), (model, precisions[1], [3])]
  }

  @Test(
    "Every kind of model ends with the same weights on one, three and more ranks",
    arguments: cases)
  func exactness(model: String, precision: String, worlds: [Int]) async throws {
    try await prepare()
    try folder.write(Self.configuration(model: model), to: "run.toml")
    let setting = ["--set", "train.precision=\(precision)"]
    let one = try await train("one", ranks: nil, setting)
    let threads = try await train("threads", ranks: nil, setting + ["--threads", "2"])
    #expect(threads == one)
    for ranks in worlds {
      #expect(try await train("run\(ranks)", ranks: ranks, setting) == one, "\(ranks) ranks")
    }
    let losses = try events("one", "step").compactMap { $0["loss"] as? Double }
    #expect(losses.count == 40)
    let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    #expect(last < 0.95 * first, "\(losses)")
  }

  @Test("Threads multiply together to fill a sentence, and change no bit")
  func threads() async throws {
    try await prepare()
    // So wide that its products are shared.
    _ = try await train(
      "wide", ranks: nil,
      ["--stop-after", "1"]
        + [
          "model.d_model=256", "model.d_ffn=1024", "model.num_layers=1", "train.products=portable",
        ]
        .flatMap { ["--set", $0] }, exitCode: 75)
    func fill(_ threads: String) async throws -> String {
      let run = try await command(
        "predict", "--run-dir", "wide", "--json", "--threads", threads, "so [MASK] [MASK]lu",
        in: folder.path)
      #expect(run.exitCode == 0, "\(run)")
      return run.standardOutput
    }
    let alone = try await fill("1")
    for threads in ["2", "5"] { #expect(try await fill(threads) == alone) }
  }

  @Test("A run stops, resumes on other ranks, is evaluated, and fills in sentences")
  func resume() async throws {
    try await prepare()
    let whole = try await train("whole", ranks: nil)
    _ = try await train("parts", ranks: 2, ["--stop-after", "17"], exitCode: 75)
    #expect(try await train("parts", ranks: 3) == whole)

    let step = try #require(try events("whole", "step").last)
    #expect(step["samples"] as? Int == 23 && step["predictions"] as? Int == 23 * 2)
    #expect(step["accuracy_top5"] is Double)
    let last = try #require(try events("whole", "evaluation").last)
    let loss = try #require(last["ema_loss"] as? Double)
    #expect(abs(try #require(last["ema_perplexity"] as? Double) / exp(loss) - 1) < 1e-12)

    let one = try await command(
      "evaluate", "--checkpoint", "whole/checkpoints/step-0000000040", "--ema", "--json",
      in: folder.path
    ).object()
    let three = try await command(
      "evaluate", "--checkpoint", "whole/checkpoints/step-0000000040", "--ema", "--json", ranks: 3,
      in: folder.path
    ).object()
    for key in ["loss", "perplexity", "accuracy", "accuracy_top5", "unigram_accuracy"] {
      #expect(one[key] as? Double == three[key] as? Double, "\(key)")
    }
    #expect(one["loss"] as? Double == loss)
    let unigram = try #require(one["unigram_accuracy"] as? Double)
    let unigramTop5 = try #require(one["unigram_accuracy_top5"] as? Double)
    #expect(unigram > 0.02 && unigram < unigramTop5)

    let filled = try await command(
      "predict", "--run-dir", "whole", "--json", "ta[MASK]eri.", "so [MASK] [MASK]lu",
      in: folder.path
    ).object()
    let predictions = try #require(filled["predictions"] as? [[String: Any]])
    #expect(predictions.map { ($0["masks"] as? [Any])?.count } == [1, 2])
    let best = try #require((predictions.first?["masks"] as? [[[String: Any]]])?.first)
    #expect(best.count == 5)
    #expect(best.compactMap { $0["probability"] as? Double }.reduce(0, +) <= 1)
    let text = try await command("predict", "--run-dir", "whole", "ta[MASK]eri.", in: folder.path)
    #expect(text.exitCode == 0 && text.standardOutput.contains(" %, "), "\(text)")
  }

  @Test("A run begins with the weights of one on longer or shorter sequences, on any ranks")
  func otherLengths() async throws {
    try await prepare()
    try folder.write(Self.configuration(model: "toeplitz = true"), to: "run.toml")
    _ = try await train("old", ranks: nil)
    for (length, words) in [(8, "8 here: 4 tensors cropped"), (24, "24 here: 4 tensors extended")] {
      for name in ["train", "test"] {
        let run = try await command(
          "prepare", "text", "--input", "\(name).txt", "--vocabulary", "vocab.txt", "--output",
          "data/\(name)\(length)", "--sequence-length", "\(length)", in: folder.path)
        #expect(run.exitCode == 0, "\(run.standardError)")
      }
      let settings = [
        "model.sequence_length=\(length)", #"data.train=["data/train\#(length)"]"#,
        #"data.test=["data/test\#(length)"]"#, "model.padding_token=0", "model.mask_padding=true",
        "model.segments=true", "model.separator_token=3", "train.steps=10",
      ].flatMap { ["--set", $0] }
      let run = try await MPIRun(
        executable: "gmlp-train",
        arguments: ["--config", "run.toml", "--run-dir", "new\(length)", "--weights", "old"]
          + settings, ranks: nil, directory: folder.path)
      #expect(run.exitCode == 0, "\(run.standardError)")
      #expect(run.standardError.contains("sequences of 16 tokens there, \(words)"), "\(run)")
      #expect(run.standardError.contains("segment_embedding.weight: it starts at 0"), "\(run)")
      let one = try await train(
        "one\(length)", ranks: nil, ["--weights", "old"] + settings + ["--threads", "2"])
      #expect(
        try await train("three\(length)", ranks: 3, ["--weights", "old"] + settings) == one)
      // What the old run has learned is there at once.
      let losses = try events("one\(length)", "step").compactMap { $0["loss"] as? Double }
      let old = try events("old", "step").compactMap { $0["loss"] as? Double }
      #expect(try #require(losses.first) < 0.95 * #require(old.first), "\(losses)")
    }
  }

  @Test("Mismatches are named")
  func badInput() async throws {
    try await prepare()
    _ = try await train("run", ranks: nil, ["--steps", "1"])
    for (arguments, code, words) in [
      (
        ["--set", "model.sequence_length=32"], 65, ["byte 12", "16 tokens but the model takes 32"]
      ),
      (["--set", "model.vocabulary_size=57"], 65, ["byte 16", "58 pieces"]),
      (["--set", "data.format=idx"], 64, ["data.format = \"idx\"", "model.input = \"text\""]),
      (["--set", "data.train=[]"], 65, ["[data] train", "at least one file"]),
      (["--set", "model.input=images"], 64, ["data.format = \"text\""]),
      (
        ["--set", "model.kind=transformer", "--set", "model.padding_token=3"], 64,
        ["model.padding_token = 3", "is token 0"]
      ),
      (
        [
          "--set", "model.segments=true", "--set", "model.padding_token=0", "--set",
          "model.separator_token=2",
        ], 64, ["model.separator_token = 2", "is token 3"]
      ),
    ] as [([String], Int32, [String])] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: ["--config", "run.toml"] + arguments, ranks: 3,
        environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
      #expect(run.failed(code, words.first ?? "", words.last ?? ""), "\(run)")
    }
    for (arguments, words) in [
      (["no place"], "has no [MASK] to fill"),
      ([String(repeating: "ta ", count: 20) + "[MASK]"], "the model takes 14"),
      (["[MASK][MASK][MASK]"], "3 of them hidden"),
      (["--class-names", "names.txt", "[MASK]"], "--class-names: does not go"),
    ] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: ["predict", "--run-dir", "run"] + arguments,
        ranks: nil, directory: folder.path)
      #expect(run.failed(64, words), "\(run)")
    }
    let several = try await command(
      "predict", "--run-dir", "run", "no place", "ta[MASK]eri.", "none", in: folder.path)
    #expect(several.exitCode == 65 && several.standardError.contains("2 of 3 inputs"), "\(several)")
    #expect(several.standardError.components(separatedBy: "has no [MASK]").count == 3)
    #expect(several.standardOutput.contains(" %, "), "\(several)")
    // An empty sentence is an input as any other, where it is not the only one.
    let empty = try await command(
      "predict", "--run-dir", "run", "--json", "", "ta[MASK]eri.", in: folder.path)
    #expect(empty.exitCode == 65 && empty.standardError.contains("1 of 2 inputs"), "\(empty)")
    #expect(empty.standardError.contains("'': has no [MASK] to fill"), "\(empty)")
    let filled = try empty.object()["predictions"] as? [Any]
    #expect(filled?.count == 1)
    try folder.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n", to: "other.txt")
    let other = try await command(
      "predict", "--run-dir", "run", "--vocabulary", "other.txt", "[MASK]", in: folder.path)
    #expect(other.failed(65, "other.txt", "6 pieces but the model has 58"), "\(other)")
  }
}
