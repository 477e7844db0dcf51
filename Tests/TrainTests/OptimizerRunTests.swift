import Foundation
import RunSupport
import Testing

/// Runs with other optimizers than AdamW: any number of workers, stopped and resumed.
@Suite("Runs of other optimizers", .tags(.mpi, .slow), .serialized, .timeLimit(.minutes(60)))
struct OptimizerRunTests {
  /// Tensors of eight blocks and more, in several buckets, and groups.
  static let settings: [String: [String]] = [
    "sgd": [
      "optimizer.kind=sgd", "optimizer.learning_rate=1", "optimizer.nesterov=true",
      "optimizer.weight_decay=1e-4",
    ],
    "lamb": [
      "optimizer.kind=lamb", "optimizer.learning_rate=0.1", "optimizer.layer_decay=0.8",
      #"optimizer.rate_factors=["head.*=2"]"#,
    ],
  ]

  private let runs: DigitsRuns

  init() throws {
    runs = try DigitsRuns()
  }

  private func arguments(_ kind: String, _ more: [String] = []) throws -> [String] {
    let common = [
      "model.d_model=64", "model.d_ffn=512", "train.bucket_mb=0.1", "schedule.warmup_steps=5",
    ]
    return (common + (try #require(Self.settings[kind]))).flatMap { ["--set", $0] } + more
  }

  private func train(
    _ directory: String, _ kind: String, ranks: Int, _ more: [String] = []
  ) async throws -> MPIRun {
    try await runs.train(directory, ranks: ranks == 1 ? nil : ranks, arguments(kind, more))
  }

  @Test(
    "One digest for 1, 2, 3, 5, 7 and 8 ranks of 1 or 2 threads, and it learns",
    arguments: ["sgd", "lamb"])
  func anyNumberOfWorkers(kind: String) async throws {
    var reference: FinishedRun?
    for (ranks, threads) in [(1, 1), (1, 2), (2, 1), (3, 2), (5, 1), (7, 1), (8, 2)] {
      let name = "run-\(ranks)-\(threads)"
      let run = try await train(name, kind, ranks: ranks, ["--threads", "\(threads)"])
      #expect(run.exitCode == 0, "\(run.standardError)")
      let finished = try runs.finished(name)
      #expect(reference == nil || finished == reference, "\(ranks) ranks × \(threads) threads")
      reference = finished
    }
    let losses = try FinishedRun.losses("\(runs.path)/run-1-1")
    let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    // 0.79 for SGD, as for AdamW in so few steps, and 0.92 for LAMB, whose head begins as zero.
    #expect(last < 0.95 * first, "\(losses)")
  }

  @Test("Ranks that send LAMB's norms of tensors as messages end with the bits of one process")
  func messages() async throws {
    #expect(try await train("alone", "lamb", ranks: 1).exitCode == 0)
    let alone = try runs.finished("alone")
    for ranks in [2, 3, 5] {
      let run = try await train(
        "sent-\(ranks)", "lamb", ranks: ranks, ["--set", "train.shared_memory=false"])
      #expect(run.exitCode == 0, "\(run.standardError)")
      #expect(try runs.finished("sent-\(ranks)") == alone, "\(ranks) ranks")
    }
  }

  @Test(
    "Stopped and resumed on another number of ranks it ends with the same bits",
    arguments: ["sgd", "lamb"])
  func resumed(kind: String) async throws {
    #expect(try await train("whole", kind, ranks: 1).exitCode == 0)
    #expect(try await train("parts", kind, ranks: 3, ["--stop-after", "17"]).exitCode == 75)
    let resumed = try await train("parts", kind, ranks: 2, ["--threads", "2"])
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("resumed after step 17"))
    #expect(try runs.finished("parts") == runs.finished("whole"))
  }

  @Test("Without momentum SGD keeps nothing, neither in memory nor in checkpoints")
  func withoutMomentum() async throws {
    let plain = ["--set", "optimizer.momentum=0", "--set", "optimizer.nesterov=false"]
    #expect(
      try await train("plain", "sgd", ranks: 2, plain + ["--stop-after", "17"]).exitCode == 75)
    #expect(try await train("plain", "sgd", ranks: 3, plain).exitCode == 0)
    #expect(try await train("whole", "sgd", ranks: 1, plain).exitCode == 0)
    let finished = try runs.finished("plain")
    #expect(finished == (try runs.finished("whole")))
    #expect(Set(finished.files.keys) == ["model.safetensors", "ema.safetensors"])
    for command in [["checkpoints", "verify"], ["checkpoints", "list"]] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: command + ["\(runs.path)/plain"], ranks: nil)
      #expect(run.exitCode == 0, "\(run)")
    }
  }

  @Test("Another optimizer is refused, and forced it begins what it keeps with zeros")
  func otherOptimizer() async throws {
    #expect(try await train("other", "sgd", ranks: 1, ["--stop-after", "5"]).exitCode == 75)
    let refused = try await train("other", "lamb", ranks: 2)
    #expect(refused.exitCode == 64)
    #expect(refused.standardError.contains(#"optimizer.kind is "lamb" here and "sgd" there"#))
    let forced = try await train("other", "lamb", ranks: 2, ["--force", "--stop-after", "8"])
    #expect(forced.exitCode == 75, "\(forced.standardError)")
    #expect(
      forced.standardError.contains("has no exp_avg, exp_avg_sq: they begin with zeros"),
      "\(forced.standardError)")
  }
}
