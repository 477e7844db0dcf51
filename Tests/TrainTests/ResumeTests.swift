import Checkpoints
import Foundation
import RunSupport
import Testing

/// What a short run on the digits does with what an earlier one has left behind.
@Suite("Resume", .tags(.mpi, .slow), .serialized, .timeLimit(.minutes(60)))
struct ResumeTests {
  private let runs: DigitsRuns

  init() throws {
    runs = try DigitsRuns()
  }

  @Test("A corrupt checkpoint is skipped for the one before it, with a line")
  func corrupt() async throws {
    let reference = try await runs.reference()
    #expect(try await runs.train("corrupt", ranks: 2, ["--stop-after", "17"]).exitCode == 75)
    let newest = "\(runs.path)/corrupt/checkpoints/step-0000000017/optimizer.safetensors"
    var bytes = try Data(contentsOf: URL(filePath: newest))
    bytes[bytes.count / 2] ^= 4
    try bytes.write(to: URL(filePath: newest))
    let resumed = try await runs.train("corrupt", ranks: 3)
    #expect(resumed.exitCode == 0)
    #expect(resumed.standardError.contains("step-0000000017"), "\(resumed.standardError)")
    #expect(resumed.standardError.contains("optimizer.safetensors"))
    #expect(resumed.standardOutput.contains("resumed after step 1"))
    #expect(try runs.finished("corrupt") == reference)
  }

  @Test(
    "After a resume the event of each checkpoint stands once, that of the one it began from too")
  func checkpointEvents() async throws {
    #expect(try await runs.train("reference").exitCode == 0)
    let reference = try events("reference")
    for isLost in [false, true] {
      let name = "events-\(isLost)"
      #expect(try await runs.train(name, ranks: 2, ["--stop-after", "17"]).exitCode == 75)
      #expect(try events(name).last == 17)
      if isLost {
        // What a kill between the checkpoint and its event leaves.
        let file = "\(runs.path)/\(name)/metrics.jsonl"
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let whole = lines.filter { !$0.contains(#""event":"checkpoint","step":17,"#) }
        try (whole.joined(separator: "\n") + "\n").write(
          toFile: file, atomically: true, encoding: .utf8)
      }
      #expect(try await runs.train(name, ["--stop-after", "18"]).exitCode == 75)
      #expect(try await runs.train(name).exitCode == 0)
      let found = try events(name)
      #expect(
        Set(found) == Set(reference + [17, 18]) && found.count == Set(found).count, "\(found)")
      let text = try String(
        contentsOfFile: "\(runs.path)/\(name)/metrics.jsonl", encoding: .utf8)
      let line = try #require(
        text.split(separator: "\n").first { $0.contains(#""event":"checkpoint","step":17,"#) })
      #expect(line.contains("\"stall_seconds\":null") == isLost, "\(line)")
    }
  }

  @Test("A checkpoint's state counts the event of the one before, also where the disk is slow")
  func countedEvents() async throws {
    let run = try await runs.train(
      "slow", ["--stop-after", "4", "--set", "train.checkpoint_every=1", "--set", "train.keep=9"],
      environment: ["GMLP_TRAIN_SLOW_DISK_MBPS": "2"])
    #expect(run.exitCode == 75, "\(run)")
    let metrics = try Data(contentsOf: URL(filePath: "\(runs.path)/slow/metrics.jsonl"))
    let store = CheckpointStore(directory: "\(runs.path)/slow/checkpoints")
    for step in 2...4 {
      let bytes = try #require(try store.open(step: step).state.metricsBytes)
      let text = String(decoding: metrics.prefix(bytes), as: UTF8.self)
      #expect(text.contains(#""event":"checkpoint","step":\#(step - 1),"#), "step \(step)")
    }
  }

  /// The steps of the events that tell of checkpoints.
  private func events(_ name: String) throws -> [Int] {
    try String(contentsOfFile: "\(runs.path)/\(name)/metrics.jsonl", encoding: .utf8)
      .split(separator: "\n").compactMap { line in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return object?["event"] as? String == "checkpoint" ? object?["step"] as? Int : nil
      }
  }

  @Test("Another configuration is refused by the name of its key, unless forced")
  func otherConfiguration() async throws {
    #expect(try await runs.train("other", ["--stop-after", "5"]).exitCode == 75)
    let changed = ["--set", "optimizer.beta2=0.99", "--stop-after", "7"]
    let refused = try await runs.train("other", ranks: 2, changed)
    #expect(refused.exitCode == 64)
    #expect(refused.standardError.contains("optimizer.beta2 is 0.99 here and 0.999 there"))
    #expect(refused.standardError.split(separator: "\n").filter { $0.contains("beta2") }.count == 1)
    let forced = try await runs.train("other", changed + ["--force"])
    #expect(forced.exitCode == 75)
    #expect(forced.standardError.contains("resumed by --force"))
    let free = ["--set", "train.checkpoint_every=2", "--threads", "2", "--stop-after", "8"]
    #expect(
      try await runs.train("other", ["--set", "optimizer.beta2=0.99"] + free).exitCode == 75)
  }

  @Test("Another data set is refused by its digest, unless forced")
  func otherData() async throws {
    let prepared = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "prepare", "--format", "digits", "--split", "test", "--output", "\(runs.path)/shards",
      ], ranks: nil)
    #expect(prepared.exitCode == 0, "\(prepared.standardError)")
    let ranks = 2
    #expect(try await runs.train("data", ranks: ranks, ["--stop-after", "2"]).exitCode == 75)
    let shards = "[\"\(runs.path)/shards\"]"
    let other = [
      "--set", "data.format=shards", "--set", "data.train=\(shards)", "--set",
      "data.test=\(shards)", "--stop-after", "3",
    ]
    let refused = try await runs.train("data", ranks: ranks, other)
    #expect(refused.exitCode == 64)
    #expect(refused.standardError.contains("the training set has digest"))
    #expect(try await runs.train("data", ranks: ranks, other + ["--force"]).exitCode == 75)
  }

  @Test("An evaluation that a stop interrupted is made up for, and its best is kept")
  func interruptedEvaluation() async throws {
    let reference = try await runs.reference()
    #expect(try await runs.train("pending", ["--stop-after", "36"]).exitCode == 0)
    // What a stop inside the last evaluation leaves: the state without it.
    let store = CheckpointStore(directory: "\(runs.path)/pending/checkpoints")
    var pending = try store.open(step: 36).state
    pending.evaluationIsPending = true
    pending.best = [:]
    try rewrite(pending, in: store)
    let resumed = try await runs.train("pending", ranks: 2)
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("evaluation after step 36"))
    #expect(try store.open(step: 36).state.evaluationIsPending == false)
    #expect(try store.bestStep(of: .averaged) == 36)
    #expect(try await runs.train("pending").standardOutput.contains("nothing is left to do"))
    #expect(try runs.finished("pending").files == reference.files)
  }

  /// Saves the checkpoint of step 36 again with another state.
  private func rewrite(_ state: CheckpointState, in store: CheckpointStore) throws {
    let old = try store.open(step: state.step)
    let draft = try store.begin(step: state.step)
    for name in state.files.keys {
      let file = try old.file(name)
      let tensors = file.tensors.values.map { (name: $0.name, shape: $0.shape) }
      let writer = try draft.writer(name, tensors: tensors, metadata: file.metadata)
      for tensor in file.tensors.values {
        var values = [Float](repeating: 0, count: tensor.count)
        var span = values.mutableSpan
        try file.read(tensor.name, into: &span)
        try writer.write(values.span, tensor: tensor.name)
      }
    }
    _ = try draft.commit(state) { Issue.record("\($0)") }
  }

  @Test("A finished run says so; --resume never moves it aside")
  func again() async throws {
    #expect(try await runs.train("again").exitCode == 0)
    let finished = try runs.finished("again")
    let again = try await runs.train("again", ranks: 2)
    #expect(again.exitCode == 0)
    #expect(again.standardOutput.contains("nothing is left to do"))
    let anew = try await runs.train("again", ["--resume", "never"])
    #expect(anew.exitCode == 0)
    #expect(try runs.finished("again") == finished)
    #expect(try runs.finished("again.1") == finished)
  }

  @Test("What a rank computed is replayed in one process, and another digest is found out")
  func replays() async throws {
    let recorded = [
      "--set", "train.record_digests=true", "--set", "train.keep=9", "--threads", "2",
    ]
    #expect(try await runs.train("recorded", ranks: 3, recorded).exitCode == 0)
    for rank in 0..<3 {
      let replay = try await self.replay(rank: rank)
      #expect(replay.exitCode == 0, "\(replay.standardError)")
      #expect(replay.standardOutput.contains("\"equal\":true"), "\(replay.standardOutput)")
    }
    let file = "\(runs.path)/recorded/metrics.jsonl"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let record = #/(?<start>{"event":"digests","step":33,.*"node_sums_sha256":\[")./#
    let changed = text.replacing(record) { "\($0.start)x" }
    #expect(changed != text)
    try changed.write(toFile: file, atomically: true, encoding: .utf8)
    let differing = try await replay(rank: 0)
    #expect(differing.exitCode == 70)
    #expect(differing.standardOutput.contains("\"equal\":false"), "\(differing.standardOutput)")
    // Portable products have the same bits there.
    let elsewhere = try await replay(rank: 1, environment: ["OPENBLAS_CORETYPE": "Nehalem"])
    #expect(elsewhere.exitCode == 0, "\(elsewhere)")
  }

  @Test("What cannot be compared here is named, and no rank is accused")
  func replaysElsewhere() async throws {
    let recorded = [
      "--set", "train.record_digests=true", "--set", "train.keep=9", "--set",
      "train.products=onednn",
    ]
    #expect(try await runs.train("recorded", ranks: 3, recorded).exitCode == 0)
    for (variable, words) in [
      ("OPENBLAS_CORETYPE=Nehalem", "the choice of OpenBLAS kernels is Nehalem here and "),
      ("ONEDNN_CPU_ISA_HINTS=PREFER_YMM", "ONEDNN_CPU_ISA_HINTS=PREFER_YMM here and none in the"),
    ] {
      let parts = variable.components(separatedBy: "=")
      let refused = try await replay(rank: 0, environment: [parts[0]: parts[1]])
      #expect(refused.exitCode == 65, "\(refused)")
      #expect(refused.standardError.contains("step 33 cannot be replayed here: "))
      #expect(refused.standardError.contains(words), "\(refused.standardError)")
    }
    let file = "\(runs.path)/recorded/metrics.jsonl"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    for (key, words) in [
      ("dataset_digest", "the training set has digest"),
      ("build", "the program is"), ("blas", "the BLAS is"), ("libc", "the C library is"),
      ("configuration_digest", "have different configurations"),
    ] {
      // As if the run had gone on elsewhere.
      let changed = text.replacing("\"\(key)\":\"", with: "\"\(key)\":\"x", maxReplacements: 1)
      #expect(changed != text)
      try changed.write(toFile: file, atomically: true, encoding: .utf8)
      let refused = try await replay(rank: 0)
      #expect(refused.exitCode == 65, "\(key): \(refused)")
      #expect(refused.standardError.contains(words), "\(refused.standardError)")
    }
    let skipped = #"{"event":"skipped","step":32,"reason":"planted"}"#
    let record = #"{"event":"digests","step":33,"#
    try text.replacing(record, with: "\(skipped)\n\(record)").write(
      toFile: file, atomically: true, encoding: .utf8)
    let other = try await replay(rank: 0)
    #expect(other.exitCode == 65, "\(other)")
    #expect(other.standardError.contains("skipped 1 step [32], the replay 0"))
  }

  private func replay(rank: Int, environment: [String: String] = [:]) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "replay", "--run-dir", "\(runs.path)/recorded", "--step", "33", "--rank", "\(rank)",
        "--of", "3", "--json",
      ], ranks: nil, environment: environment)
  }
}
