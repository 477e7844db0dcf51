import Foundation
import Model
import RunSupport
import TestSupport
import Testing

@testable import Checkpoints
@testable import Configuration

/// Runs some of whose tensors are frozen: any number of workers, killed, resumed, replayed.
@Suite("Runs with frozen tensors", .tags(.mpi, .slow), .serialized, .timeLimit(.minutes(60)))
struct FrozenRunTests {
  /// Several buckets; what learns lies above and between what does not.
  private static let common = [
    "model.d_model=64", "model.d_ffn=256", "train.bucket_mb=0.05", "schedule.warmup_steps=5",
    #"optimizer.frozen=["stem.*", "blocks.0.*", "blocks.1.mlp_channels.fc1.*"]"#,
  ]
  private static let optimizers = [
    "adamw": [], "sgd": ["optimizer.kind=sgd", "optimizer.learning_rate=0.5"],
    "lamb": ["optimizer.kind=lamb", "optimizer.learning_rate=0.1"],
  ]

  private let runs: DigitsRuns

  init() throws {
    runs = try DigitsRuns()
  }

  private func train(
    _ directory: String, ranks: Int = 1, threads: Int = 1, _ settings: [String] = [],
    _ more: [String] = []
  ) async throws -> MPIRun {
    try await runs.train(
      directory, ranks: ranks == 1 ? nil : ranks,
      (Self.common + settings).flatMap { ["--set", $0] } + ["--threads", "\(threads)"] + more)
  }

  /// The tensors of a file of the checkpoint after `step`.
  private func tensors(
    _ directory: String, step: Int, _ file: String = "model.safetensors"
  ) throws -> [String: [Float]] {
    let store = CheckpointStore(directory: "\(runs.path)/\(directory)/checkpoints")
    let file = try store.open(step: step).file(file)
    return try file.tensors.mapValues { tensor in
      var values = [Float](repeating: 0, count: tensor.count)
      var span = values.mutableSpan
      try file.read(tensor.name, into: &span)
      return values
    }
  }

  private static func isFrozen(_ name: String) -> Bool {
    name.hasPrefix("stem.") || name.hasPrefix("blocks.0.") || name.contains("1.mlp_channels.fc1.")
  }

  @Test(
    "One digest for 1, 2, 3, 5, 7 and 8 ranks of 1 or 2 threads, and it learns",
    arguments: ["adamw", "sgd", "lamb"])
  func anyNumberOfWorkers(optimizer: String) async throws {
    let settings = try #require(Self.optimizers[optimizer])
    var reference: FinishedRun?
    for (ranks, threads) in [(1, 1), (1, 2), (2, 1), (3, 2), (5, 1), (7, 1), (8, 2)] {
      let name = "run-\(ranks)-\(threads)"
      let run = try await train(name, ranks: ranks, threads: threads, settings)
      #expect(run.exitCode == 0, "\(run.standardError)")
      let finished = try runs.finished(name)
      #expect(reference == nil || finished == reference, "\(ranks) ranks × \(threads) threads")
      reference = finished
    }
    let losses = try FinishedRun.losses("\(runs.path)/run-1-1")
    let (first, last) = (losses.prefix(5).reduce(0, +), losses.suffix(5).reduce(0, +))
    // Little of it learns, on random features.
    #expect(last < 0.99 * first, "\(losses)")
  }

  @Test("By messages, and with bf16 in the blocks, ranks end with the bits of one process")
  func messages() async throws {
    for precision in ["fp32", "bf16"] {
      let settings = ["train.precision=\(precision)", "train.products=portable"]
      let alone = "alone-\(precision)"
      #expect(try await train(alone, settings).exitCode == 0)
      for (ranks, threads, interleaved) in [(2, 2, 0), (3, 1, 16), (5, 1, 0)] {
        let name = "messages-\(precision)-\(ranks)"
        let run = try await train(
          name, ranks: ranks, threads: threads,
          settings + [
            "train.shared_memory=false", "train.interleaved_samples=\(interleaved)",
          ])
        #expect(run.exitCode == 0, "\(run.standardError)")
        #expect(try runs.finished(name) == runs.finished(alone), "\(name)")
      }
    }
  }

  @Test("Frozen weights keep their bits, also where MPI adds; nothing is kept for them")
  func bits() async throws {
    for (name, ranks, settings) in [
      ("ordered", 3, []), ("mpi", 2, ["train.reduction=mpi"]),
    ] as [(String, Int, [String])] {
      #expect(try await train(name, ranks: ranks, settings).exitCode == 0)
      let last = try tensors(name, step: 36)
      let initial = try await initialWeights()
      for (tensor, values) in last {
        let frozen = Self.isFrozen(tensor)
        #expect((values == initial[tensor]) == frozen, "\(name): \(tensor)")
      }
      let kept = try tensors(name, step: 36, "optimizer.safetensors").keys
      let learning = last.keys.filter { !Self.isFrozen($0) }
      #expect(
        Set(kept) == Set(learning.flatMap { ["exp_avg.\($0)", "exp_avg_sq.\($0)"] }), "\(name)")
      let averaged = try tensors(name, step: 36, "ema.safetensors")
      #expect(averaged.keys == last.keys)
      for (tensor, values) in averaged where Self.isFrozen(tensor) {
        #expect(values == last[tensor], "\(name): \(tensor)")
      }
    }
    for command in [["checkpoints", "verify"], ["evaluate", "--run-dir"]] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: command + ["\(runs.path)/ordered"], ranks: nil)
      #expect(run.exitCode == 0, "\(run)")
    }
  }

  /// The weights before the first step, which a run without a rate keeps.
  private func initialWeights() async throws -> [String: [Float]] {
    let run = try await train(
      "initial", ["optimizer.learning_rate=0"], ["--stop-after", "1", "--resume", "never"])
    #expect(run.exitCode == 75, "\(run.standardError)")
    return try tensors("initial", step: 1)
  }

  @Test("Killed, and resumed on another number of ranks, it ends with the same bits")
  func killed() async throws {
    #expect(try await train("whole").exitCode == 0)
    let arguments = Self.common.flatMap { ["--set", $0] }
    let run = try runs.startStopping(inStep: 22, rank: 1, "killed", ranks: 3, arguments)
    kill(try await run.stoppedProcess(), SIGKILL)
    let ended = try await run.finish()
    #expect(ended.exitCode == 128 + SIGKILL, "\(ended.standardError)")
    let last = try await train("killed", ranks: 2, threads: 2)
    #expect(last.exitCode == 0, "\(last.standardError)")
    #expect(last.standardOutput.contains("resumed after step"))
    #expect(try runs.finished("killed") == runs.finished("whole"))
  }

  @Test("What a rank computed is replayed")
  func replayed() async throws {
    let settings = ["train.record_digests=true", "train.keep=9"]
    #expect(try await train("recorded", ranks: 3, settings).exitCode == 0)
    let replay = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "replay", "--run-dir", "\(runs.path)/recorded", "--step", "33", "--rank", "1", "--of", "3",
        "--json",
      ], ranks: nil)
    #expect(replay.exitCode == 0, "\(replay.standardError)")
    #expect(replay.standardOutput.contains("\"equal\":true"), "\(replay.standardOutput)")
  }

  @Test("Other frozen tensors are another run; forced, what begins to learn begins with zeros")
  func thawed() async throws {
    #expect(try await train("thawed", ranks: 2, [], ["--stop-after", "5"]).exitCode == 75)
    let other = [#"optimizer.frozen=["stem.*"]"#]
    let refused = try await train("thawed", ranks: 2, other)
    #expect(refused.exitCode == 64)
    #expect(refused.standardError.contains(#"optimizer.frozen is ["stem.*"] here"#))
    let forced = try await train("thawed", ranks: 3, other, ["--force", "--stop-after", "8"])
    #expect(forced.exitCode == 75, "\(forced.standardError)")
    #expect(
      forced.standardError.contains(
        "has no exp_avg of 12 tensors, exp_avg_sq of 12 tensors: they begin with zeros"),
      "\(forced.standardError)")
    let kept = try tensors("thawed", step: 8, "optimizer.safetensors").keys
    #expect(kept.contains("exp_avg.blocks.0.norm.weight"))
    #expect(!kept.contains("exp_avg.stem.proj.bias"))
  }

  @Test("A bit that turns in a frozen weight is found, and taken from another rank")
  func repaired() async throws {
    let clean = try await train("clean", ranks: 2, ["train.shared_memory=false"])
    #expect(clean.exitCode == 0, "\(clean.standardError)")
    // The stem's weights, which are frozen, lie last.
    let element =
      try TrainingConfiguration(
        file: "\(runs.path)/run.toml", assignments: Self.common
      ).makeModel().layout.count - 20
    let turned = try await runs.train(
      "turned", ranks: 2,
      (Self.common + ["train.shared_memory=false"]).flatMap { ["--set", $0] },
      environment: ["GMLP_TRAIN_FAULT": "1:forward:7:flip:\(element)"])
    #expect(turned.exitCode == 0, "\(turned.standardError)")
    #expect(turned.standardError.contains("weights have changed"), "\(turned.standardError)")
    #expect(try runs.finished("turned").files == runs.finished("clean").files)
  }
}
