import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import Train

/// Kills, stops and resumes of a short run on the digits, which must end like an undisturbed one.
@Suite("Resume", .tags(.mpi, .slow), .serialized)
struct ResumeTests {
  private static let steps = 36
  private static let configuration = """
    seed = 5
    [model]
    image_size = [8, 8]
    patch_size = [2, 2]
    d_model = 32
    d_ffn = 64
    num_layers = 2
    survival_probability = 0.9
    [data]
    format = "digits"
    [train]
    steps = \(steps)
    global_batch_size = 104
    micro_batch_size = 8
    label_smoothing = 0.1
    ema_decay = 0.9
    checkpoint_every = 5
    evaluate_every = 9
    [augment]
    crop_padding = 1
    """

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Self.configuration.write(
      toFile: "\(folder.path)/run.toml", atomically: true, encoding: .utf8)
  }

  private func arguments(_ directory: String, _ more: [String] = []) -> [String] {
    ["--config", "\(folder.path)/run.toml", "--run-dir", "\(folder.path)/\(directory)"] + more
  }

  private func train(
    _ directory: String, ranks: Int? = nil, _ more: [String] = [],
    environment: [String: String] = [:]
  ) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: arguments(directory, more), ranks: ranks,
      environment: environment, deadlineSeconds: 120)
  }

  private func finished(_ directory: String, step: Int = Self.steps) throws -> FinishedRun {
    try FinishedRun("\(folder.path)/\(directory)", step: step)
  }

  private func reference() async throws -> FinishedRun {
    let run = try await train("reference")
    #expect(run.exitCode == 0, "\(run.standardError)")
    return try finished("reference")
  }

  /// Waits until the metrics of `directory` tell of `step`.
  private func wait(forStep step: Int, of directory: String) async throws {
    try await wait(for: "{\"event\":\"step\",\"step\":\(step),", in: directory)
  }

  /// Waits until the metrics of `directory` contain `text`.
  private func wait(for text: String, in directory: String) async throws {
    let path = "\(folder.path)/\(directory)/metrics.jsonl"
    for _ in 0..<3_000 {
      let bytes = FileManager.default.contents(atPath: path) ?? Data()
      if String(decoding: bytes, as: UTF8.self).contains(text) { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("\(text) was not reached")
  }

  @Test("Killed at any step and resumed on other numbers of ranks, it ends with the same bits")
  func killed() async throws {
    let reference = try await reference()
    let worlds = [(3, 1), (1, 2), (5, 1), (2, 2), (8, 1)]
    for (number, step) in [1, 8, 10, 17, 22].enumerated() {
      let (ranks, threads) = worlds[number]
      let run = try StartedRun(
        executable: "gmlp-train", arguments: arguments("killed", ["--threads", "\(threads)"]),
        ranks: ranks == 1 ? nil : ranks, deadlineSeconds: 60)
      try await wait(forStep: step, of: "killed")
      if ranks == 1 {
        run.send(SIGKILL)
      } else {
        try run.send(SIGKILL, toRank: step % ranks)
      }
      let ended = try await run.finish()
      #expect(ended.exitCode == 128 + SIGKILL, "\(ended.standardError)")
    }
    let last = try await train("killed", ranks: 4)
    #expect(last.exitCode == 0, "\(last.standardError)")
    #expect(last.standardOutput.contains("resumed after step"))
    #expect(try finished("killed") == reference)
  }

  @Test("Stopped by a signal it saves, exits with 75, and goes on as if nothing had been")
  func signals() async throws {
    // Enough steps that every signal finds the run under way.
    let long = ["--steps", "400"]
    #expect(try await train("long", long).exitCode == 0)
    let cases = [(SIGUSR2, 3), (SIGTERM, nil), (SIGUSR2, nil), (SIGINT, nil)] as [(Int32, Int?)]
    for (number, (signal, ranks)) in cases.enumerated() {
      let run = try StartedRun(
        executable: "gmlp-train", arguments: arguments("stopped", long), ranks: ranks)
      try await wait(forStep: 20 + 90 * number, of: "stopped")
      run.send(signal)
      let ended = try await run.finish()
      #expect(ended.exitCode == 75, "signal \(signal): \(ended.standardError)")
      #expect(ended.standardOutput.contains("stopped after step"))
    }
    #expect(try await train("stopped", ranks: 2, long).exitCode == 0)
    #expect(try finished("stopped", step: 400) == finished("long", step: 400))
  }

  @Test("TERM to a bare mpirun leaves the newest checkpoint, from which it goes on")
  func terminatedLauncher() async throws {
    let reference = try await reference()
    // The signal comes a second late: a slow disk keeps the run from ending before. On the slower
    // one the save after the signal takes longer than mpirun grants.
    for (step, speed) in [(6, "0.3"), (26, "0.1")] {
      let run = try StartedRun(
        executable: "gmlp-train", arguments: arguments("terminated"), ranks: 3,
        environment: ["GMLP_TRAIN_SLOW_DISK_MBPS": speed])
      try await wait(forStep: step, of: "terminated")
      run.send(SIGTERM)
      let ended = try await run.finish()
      #expect(ended.exitCode != 0 && ended.exitCode != 75, "\(ended.standardError)")
      #expect(ended.seconds < 30)
    }
    let resumed = try await train("terminated", ranks: 2)
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("resumed after step"))
    #expect(try finished("terminated") == reference)
  }

  @Test("SIGUSR1 saves a checkpoint and goes on", arguments: [nil, 3])
  func saveOnRequest(ranks: Int?) async throws {
    let never = [
      "--set", "train.checkpoint_every=0", "--set", "train.evaluate_every=1000000",
      "--steps", "1000000",
    ]
    let run = try StartedRun(
      executable: "gmlp-train", arguments: arguments("saved", never), ranks: ranks)
    try await wait(forStep: 3, of: "saved")
    run.send(SIGUSR1)
    try await wait(for: "{\"event\":\"checkpoint\",", in: "saved")
    run.send(SIGUSR2)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    let text = try String(contentsOfFile: "\(folder.path)/saved/metrics.jsonl", encoding: .utf8)
    // One on request, though the signal reached the ranks in different steps, and one at the stop.
    #expect(text.components(separatedBy: "\"event\":\"checkpoint\"").count == 3, "\(text)")
  }

  @Test("A stop while a slow disk takes the last checkpoint loses nothing")
  func slowDisk() async throws {
    let reference = try await reference()
    // About 150 KB a checkpoint: half a second each.
    let slow = ["GMLP_TRAIN_SLOW_DISK_MBPS": "0.3"]
    let run = try StartedRun(
      executable: "gmlp-train", arguments: arguments("slow"), ranks: 3, environment: slow)
    try await wait(forStep: 6, of: "slow")
    run.send(SIGUSR2)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
    let resumed = try await train("slow", ranks: 2, ["--stop-after", "20"], environment: slow)
    #expect(resumed.exitCode == 75, "\(resumed.standardError)")
    #expect(try await train("slow").exitCode == 0)
    #expect(try finished("slow") == reference)
  }

  @Test("A corrupt checkpoint is passed over for the one before it, with a line")
  func corrupt() async throws {
    let reference = try await reference()
    #expect(try await train("corrupt", ranks: 2, ["--stop-after", "17"]).exitCode == 75)
    let newest = "\(folder.path)/corrupt/checkpoints/step-0000000017/optimizer.safetensors"
    var bytes = try Data(contentsOf: URL(filePath: newest))
    bytes[bytes.count / 2] ^= 4
    try bytes.write(to: URL(filePath: newest))
    let resumed = try await train("corrupt", ranks: 3)
    #expect(resumed.exitCode == 0)
    #expect(resumed.standardError.contains("step-0000000017"), "\(resumed.standardError)")
    #expect(resumed.standardError.contains("optimizer.safetensors"))
    #expect(resumed.standardOutput.contains("resumed after step 1"))
    #expect(try finished("corrupt") == reference)
  }

  @Test("Another configuration is refused by the name of its key, unless forced")
  func otherConfiguration() async throws {
    #expect(try await train("other", ["--stop-after", "5"]).exitCode == 75)
    let changed = ["--set", "optimizer.beta2=0.99", "--stop-after", "7"]
    let refused = try await train("other", ranks: 2, changed)
    #expect(refused.exitCode == 64)
    #expect(refused.standardError.contains("optimizer.beta2 is 0.99 here and 0.999 there"))
    #expect(refused.standardError.split(separator: "\n").filter { $0.contains("beta2") }.count == 1)
    let forced = try await train("other", changed + ["--force"])
    #expect(forced.exitCode == 75)
    #expect(forced.standardError.contains("resumed by --force"))
    let free = ["--set", "train.checkpoint_every=2", "--threads", "2", "--stop-after", "8"]
    #expect(
      try await train("other", ["--set", "optimizer.beta2=0.99"] + free).exitCode == 75)
  }

  @Test("Another data set is refused by its digest, unless forced")
  func otherData() async throws {
    let prepared = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "prepare", "--format", "digits", "--split", "test", "--output", "\(folder.path)/shards",
      ], ranks: nil)
    #expect(prepared.exitCode == 0, "\(prepared.standardError)")
    let ranks = 2
    #expect(try await train("data", ranks: ranks, ["--stop-after", "2"]).exitCode == 75)
    let shards = "[\"\(folder.path)/shards\"]"
    let other = [
      "--set", "data.format=shards", "--set", "data.train=\(shards)", "--set",
      "data.test=\(shards)", "--stop-after", "3",
    ]
    let refused = try await train("data", ranks: ranks, other)
    #expect(refused.exitCode == 64)
    #expect(refused.standardError.contains("the training set has digest"))
    #expect(try await train("data", ranks: ranks, other + ["--force"]).exitCode == 75)
  }

  @Test("An evaluation that a stop interrupted is made up for, and its best is kept")
  func interruptedEvaluation() async throws {
    let reference = try await reference()
    #expect(try await train("pending", ["--stop-after", "36"]).exitCode == 0)
    // What a stop inside the last evaluation leaves: the state without it.
    let store = CheckpointStore(directory: "\(folder.path)/pending/checkpoints")
    var pending = try store.open(step: 36).state
    pending.evaluationIsPending = true
    pending.best = nil
    try rewrite(pending, in: store)
    let resumed = try await train("pending", ranks: 2)
    #expect(resumed.exitCode == 0, "\(resumed.standardError)")
    #expect(resumed.standardOutput.contains("evaluation after step 36"))
    #expect(try store.open(step: 36).state.evaluationIsPending == false)
    #expect(try store.bestStep() == 36)
    #expect(try await train("pending").standardOutput.contains("nothing is left to do"))
    #expect(try finished("pending").files == reference.files)
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

  @Test("A rank with nothing to do hears a stop that is sent to it alone")
  func idleRank() async throws {
    let idle = [
      "--set", "train.global_batch_size=16", "--set", "train.evaluate_every=1000000",
      "--steps", "1000000",
    ]
    let run = try StartedRun(
      executable: "gmlp-train", arguments: arguments("idle", idle), ranks: 3)
    try await wait(forStep: 3, of: "idle")
    try run.send(SIGUSR2, toRank: 0)
    let ended = try await run.finish()
    #expect(ended.exitCode == 75, "\(ended.standardError)")
  }

  @Test("A finished run says so; --resume never moves it aside")
  func again() async throws {
    let reference = try await reference()
    let again = try await train("reference", ranks: 2)
    #expect(again.exitCode == 0)
    #expect(again.standardOutput.contains("nothing is left to do"))
    let anew = try await train("reference", ["--resume", "never"])
    #expect(anew.exitCode == 0)
    #expect(try finished("reference") == reference)
    #expect(try finished("reference.1") == reference)
  }

  @Test("What a rank computed is replayed in one process")
  func replay() async throws {
    let recorded = [
      "--set", "train.record_digests=true", "--set", "train.keep=9", "--threads", "2",
    ]
    #expect(try await train("recorded", ranks: 3, recorded).exitCode == 0)
    for rank in 0..<3 {
      let replay = try await MPIRun(
        executable: "gmlp-train",
        arguments: [
          "replay", "--run-dir", "\(folder.path)/recorded", "--step", "33", "--rank", "\(rank)",
          "--of", "3", "--json",
        ], ranks: nil)
      #expect(replay.exitCode == 0, "\(replay.standardError)")
      #expect(replay.standardOutput.contains("\"equal\":true"), "\(replay.standardOutput)")
    }
  }
}
