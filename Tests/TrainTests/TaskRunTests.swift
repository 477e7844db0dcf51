import Foundation
import Model
import RunSupport
import TestSupport
import Testing

@testable import Checkpoints
@testable import Configuration
@testable import Optimization
@testable import Train

/// Runs that classify texts and find spans, with real ranks; `Tests/TaskRuns` makes the texts.
@Suite(
  "Runs that classify texts and find spans", .tags(.mpi, .slow), .serialized,
  .timeLimit(.minutes(60)))
struct TaskRunTests {
  private static let steps = 40
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// An epoch is 26 steps of 23 texts; ranks hold several micro-batches, and one rank of eight none now and then.
  private static func configuration(_ model: String, _ task: String) -> String {
    """
    seed = 5
    [model]
    input = "text"
    vocabulary_size = 58
    sequence_length = 16
    d_model = 32
    d_ffn = 64
    num_layers = 2
    num_classes = 2
    padding_token = 0
    \(model)
    [task]
    \(task)
    [train]
    steps = \(steps)
    global_batch_size = 23
    micro_batch_size = 1
    ema_decay = 0.9
    bucket_mb = 0.01
    checkpoint_every = 7
    evaluate_every = 20
    [optimizer]
    learning_rate = 1e-2
    weight_decay = 0.01
    [schedule]
    kind = "linear"
    warmup_share = 0.1

    """
  }

  private func train(
    _ name: String, ranks: Int? = nil, _ arguments: [String] = [], exitCode: Int32 = 0
  ) async throws -> MPIRun {
    let run = try await MPIRun(
      executable: "TaskRuns", arguments: ["run.toml", name] + arguments, ranks: ranks,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
    #expect(run.exitCode == exitCode, "\(run)")
    return run
  }

  private func finished(_ name: String) throws -> FinishedRun {
    try FinishedRun("\(folder.path)/\(name)", step: Self.steps)
  }

  private func events(_ run: String, _ event: String) throws -> [[String: Any]] {
    try String(contentsOfFile: "\(folder.path)/\(run)/metrics.jsonl", encoding: .utf8)
      .split(separator: "\n").compactMap {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }.filter { $0["event"] as? String == event }
  }

  private func tensors(_ name: String, step: Int = steps) throws -> [String: [Double]] {
    try TensorFile(
      URL(filePath: "\(folder.path)/\(name)/checkpoints")
        .appending(path: CheckpointStore.folderName(step)).appending(path: "model.safetensors")
    ).tensors
  }

  private static let classes = "kind = \"classification\""
  private static let mean = "kind = \"classification\"\npooling = \"mean\""
  private static let spans = "kind = \"spans\""
  private static let cases: [(model: String, task: String)] = [
    ("toeplitz = true", mean), ("toeplitz = true\nattention_size = 8", classes),
    ("toeplitz = true\nattention_size = 8", spans), ("", spans),
    ("kind = \"transformer\"\nnum_heads = 2\npositions = \"learned\"\ndropout = 0.1", classes),
    ("kind = \"transformer\"\nnum_heads = 2\npositions = \"relative\"", spans),
    ("kind = \"mixer\"\nd_token = 8", mean),
  ]

  @Test(
    "One digest for 1 and 3 ranks and threads 1, 2, and in two cases for 2, 5 and 8 ranks",
    arguments: cases, ["fp32", "bf16"])
  func anyNumberOfWorkers(case: (model: String, task: String), precision: String) async throws {
    try folder.write(Self.configuration(`case`.model, `case`.task), to: "run.toml")
    let setting = ["--set", "train.precision=\(precision)"]
    _ = try await train("one", setting)
    let one = try finished("one")
    #expect(!one.files.isEmpty)
    // Many ranks for two cores: they are tried for one case of each precision, and of each task.
    let isWide =
      precision == "fp32"
      ? `case`.model.contains("dropout")
      : `case`.model.contains("attention_size") && `case`.task == Self.spans
    let few: [(Int?, Int)] = [(nil, 2), (3, 2)]
    let more: [(Int?, Int)] = isWide ? [(2, 1), (5, 1), (8, 1)] : []
    for (ranks, threads) in few + more {
      let name = "run-\(ranks ?? 1)-\(threads)"
      _ = try await train(name, ranks: ranks, setting + ["--threads", "\(threads)"])
      #expect(try finished(name) == one, "\(name)")
    }
    let evaluation = try #require(try events("one", "evaluation").last)
    #expect(evaluation["samples"] as? Int == 100)
    #expect((evaluation["predicted_classes"] == nil) == (`case`.task == Self.spans))
    for key in ["f1", "macro_f1", "matthews_correlation", "majority_share"] {
      #expect((evaluation[key] == nil) == (`case`.task == Self.spans), "\(key)")
    }
  }

  @Test(
    "Killed in the middle of an epoch, and resumed on another number of ranks, it ends with the same bits",
    arguments: [mean, spans], ["fp32", "bf16"])
  func killed(task: String, precision: String) async throws {
    try folder.write(
      Self.configuration("toeplitz = true\nattention_size = 8", task), to: "run.toml")
    let setting = ["--set", "train.precision=\(precision)"]
    _ = try await train("whole", setting)
    let run = try StartedRun(
      executable: "TaskRuns",
      arguments: [
        "run.toml", "killed", "--set", "train.hang_timeout=\(StartedRun.patienceSeconds)",
      ] + setting, ranks: 3, environment: ["GMLP_TRAIN_FAULT": "1:forward:33:stop"],
      directory: folder.path)
    kill(try await run.stoppedProcess(), SIGKILL)
    let ended = try await run.finish()
    #expect(ended.exitCode == 128 + SIGKILL, "\(ended)")
    let last = try await train("killed", ranks: 2, setting + ["--threads", "2"])
    #expect(last.standardOutput.contains("resumed after step"), "\(last)")
    #expect(try finished("killed") == finished("whole"))
  }

  @Test("Both tasks are learned, by [CLS] and by the mean, and the accuracy says so")
  func learned() async throws {
    for (name, model, task) in [
      ("mean", "toeplitz = true", Self.mean),
      ("first", "toeplitz = true\nattention_size = 8", Self.classes),
      ("spans", "toeplitz = true\nattention_size = 8", Self.spans),
    ] {
      try folder.write(Self.configuration(model, task), to: "run.toml")
      _ = try await train(
        name, ["--threads", "2", "--set", "train.steps=400", "--set", "train.evaluate_every=400"])
      let evaluation = try #require(try events(name, "evaluation").last)
      let accuracy = try #require(evaluation["accuracy"] as? Double)
      // Always the most frequent class, or never a span, would give about 0.67 and 0.33.
      #expect(accuracy > 0.9, "\(name): \(evaluation)")
    }
  }

  @Test("A run that predicts one class for all texts is named, in its evaluations and at its end")
  func collapse() async throws {
    try folder.write(Self.configuration("toeplitz = true", Self.mean), to: "run.toml")
    let frozen = #"optimizer.frozen=["embedding.*", "blocks.*", "norm.*", "head.weight"]"#
    // In fewer steps the bias alone may not get so far.
    let run = try await train("collapsed", ["--set", frozen, "--set", "train.steps=60"])
    let words = "predicts one class for all samples"
    #expect(run.standardOutput.contains(" of 100, \(words)"), "\(run)")
    #expect(run.standardError.contains("the model \(words): this run has failed"), "\(run)")
    let evaluations = try events("collapsed", "evaluation")
    #expect(evaluations.last?["predicted_classes"] as? Int == 1)
    #expect(evaluations.last?["matthews_correlation"] as? Double == 0)
  }

  @Test(
    "The encoder of a masked language model is taken, and its head is not",
    arguments: [false, true])
  func pretrained(hasBias: Bool) async throws {
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    try folder.write(BookText.lines(300, seed: 1), to: "text.txt")
    let prepared = try await command(
      "prepare", "text", "--input", "text.txt", "--vocabulary", "vocab.txt", "--output", "text",
      "--sequence-length", "16", in: folder.path)
    #expect(prepared.exitCode == 0, "\(prepared)")
    let model = "toeplitz = true\nattention_size = 8"
    let pretraining =
      Self.configuration("\(model)\noutput_bias = \(hasBias)", "").replacing(
        "num_classes = 2\n", with: "")
      + "[data]\nformat = \"text\"\ntrain = [\"text\"]\ntest = [\"text\"]\n"
    try folder.write(pretraining, to: "mlm.toml")
    _ = try await trainedDigest(
      "mlm.toml", run: "mlm", ranks: nil, ["--steps", "8"], in: folder.path)
    let given = try tensors("mlm", step: 8)
    #expect((given["head.bias"] != nil) == hasBias)

    for (name, task) in [("classes", Self.classes), ("spans", Self.spans)] {
      try folder.write(Self.configuration(model, task), to: "run.toml")
      let still = try await train(
        "still-\(name)",
        [
          "--weights", "mlm", "--set", "optimizer.learning_rate=0.0", "--stop-after", "1",
        ], exitCode: 75)
      let line =
        "the weights are of a masked language model: head.weight and head.bias are re-initialised"
      #expect(still.standardError.contains(line), "\(still)")
      let found = try tensors("still-\(name)", step: 1)
      for (tensor, values) in given where !tensor.hasPrefix("head.") {
        #expect(found[tensor] == values, "\(tensor)")
      }
      let head = try #require(found["head.weight"])
      #expect(head.allSatisfy { abs($0) <= 0.04 } && Set(head).count > 32)
      #expect(found["head.bias"] == [0, 0])
      // The file alone does not tell what it was trained for.
      try? FileManager.default.copyItem(
        atPath: "\(folder.path)/mlm/checkpoints/\(CheckpointStore.folderName(8))/model.safetensors",
        toPath: "\(folder.path)/alone.safetensors")
      let alone = try await train(
        "alone-\(name)", ["--weights", "alone.safetensors", "--stop-after", "1"], exitCode: 75)
      #expect(alone.standardError.contains("there is no head.weight"), "\(alone)")
    }
    // A head of two classes has the shape of a head of spans, and is none.
    let other = try await train(
      "other", ["--weights", "still-classes", "--stop-after", "1"], exitCode: 75)
    #expect(
      other.standardError.contains("the weights are of a classifier of texts: head.weight"),
      "\(other)")
    let narrow = try await train(
      "narrow", ["--weights", "mlm", "--set", "model.d_ffn=32"], exitCode: 65)
    #expect(narrow.standardError.contains("has shape"), "\(narrow)")
  }

  @Test("Tensors of text are frozen by their names, and rates fall from the head to the embedding")
  func frozenAndDecayed() async throws {
    try folder.write(Self.configuration("toeplitz = true", Self.classes), to: "run.toml")
    let configuration = try TrainingConfiguration(
      file: "\(folder.path)/run.toml", assignments: ["optimizer.layer_decay=0.5"])
    let layout = try configuration.makeModel().layout
    let groups = WeightGroups(configuration.optimizer, layout)
    for (parameter, index) in zip(layout.parameters, groups.indices) {
      let power =
        switch parameter.name.split(separator: ".")[0] {
        case "embedding": 3
        case "norm": 1
        case "head": 0
        default: parameter.name.hasPrefix("blocks.0.") ? 2 : 1
        }
      let expected = (0..<power).reduce(1.0) { rate, _ in rate * 0.5 }
      #expect(groups.groups[index].rateFactor == expected, "\(parameter.name)")
    }
    let frozen = ["--set", "optimizer.frozen=[\"embedding.*\", \"blocks.0.*\"]"]
    _ = try await train("initial", frozen + ["--set", "optimizer.learning_rate=0.0"])
    _ = try await train("one", frozen)
    _ = try await train("three", ranks: 3, frozen + ["--threads", "2"])
    #expect(try finished("one") == finished("three"))
    let (initial, last) = (try tensors("initial"), try tensors("one"))
    for (name, values) in last {
      let isFrozen = name.hasPrefix("embedding.") || name.hasPrefix("blocks.0.")
      #expect((values == initial[name]) == isFrozen, "\(name)")
    }
  }
}
