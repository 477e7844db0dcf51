import Foundation
import RunSupport
import Testing

/// What happens when something goes wrong in the middle of the training.
@Suite("Faults during a run", .serialized, .timeLimit(.minutes(60)))
struct FaultTests {
  /// Weights that grow a million times a step: the first steps succeed, the fourth does not.
  static let diverging =
    ["--quiet"]
    + [
      "optimizer.learning_rate=1000", "optimizer.weight_decay=1000", "train.epochs=5",
      "train.checkpoint_every=1", "train.max_skipped_steps=0",
    ].flatMap { ["--set", $0] }

  let files: GoodFiles

  init() throws {
    files = try GoodFiles()
  }

  @Test(
    "A loss that is not finite is reported once and leaves the checkpoints", arguments: [nil, 3, 8])
  func notFinite(ranks: Int?) async throws {
    let run = try await train(Self.diverging, ranks: ranks)
    #expect(run.exitCode == 70)
    let line = try onlyLine(run)
    #expect(line.hasPrefix("gmlp-train: step "), "\(line)")
    #expect(line.contains("is not finite; lower optimizer.learning_rate"), "\(line)")
    #expect(try checkpoints().count == 2)
    #expect(try checkpoints().allSatisfy { $0.hasPrefix("step-") })
  }

  @Test(
    "With --debug one line names step and layer, and the rank if there are several",
    arguments: [nil, 3])
  func debug(ranks: Int?) async throws {
    for threads in [1, 2] {
      let run = try await train(
        Self.diverging + ["--debug", "--threads", "\(threads)", "--resume", "never"], ranks: ranks)
      #expect(run.exitCode == 70)
      try expectLayer(onlyLine(run), rank: ranks == nil ? nil : 0)
    }
  }

  @Test(
    "If only one rank checks its numbers and fails, it is named and all ranks end",
    arguments: [3, 8],
    [[], ["--set", "train.shared_memory=false", "--set", "train.bucket_mb=0.02"]])
  func oneRank(ranks: Int, exchange: [String]) async throws {
    let run = try await train(Self.diverging + exchange, rankOne: ["--debug"], ranks: ranks)
    #expect(run.exitCode == 70)
    try expectLayer(onlyLine(run), rank: 1)
  }

  @Test("A failing rank does not wait for others that compute for minutes")
  func othersAreBusy() async throws {
    let large = [
      "model.patch_size=[1,1]", "model.d_model=512", "model.d_ffn=3072", "model.num_layers=4",
    ].flatMap { ["--set", $0] }
    let batch = ["--set", "train.global_batch_size=2"]
    let first = try await train(large + batch + ["--steps", "1", "--quiet"], ranks: nil)
    #expect(first.exitCode == 0, "\(first.standardError)")
    try files.change("run/checkpoints/step-0000000001/model.safetensors", as: "huge.safetensors") {
      // The greatest float: finite, but no product with it is.
      $0.replaceSubrange(($0.count - 4)..., with: [0xff, 0xff, 0x7f, 0x7f])
    }
    try files.write("train-images", GoodFiles.images(1_920))
    try files.write("train-labels", GoodFiles.labels(1_920))
    let many = ["--set", "train.global_batch_size=1920", "--resume", "never", "--quiet"]
    let run = try await train(
      large + many + ["--weights", "huge.safetensors"], rankOne: ["--debug"], ranks: 3)
    #expect(run.exitCode == 70)
    let line = try onlyLine(run)
    #expect(line.contains("rank 1 on "), "\(line)")
    #expect(line.contains(": step 1, micro-batch 320, stem.proj: the activation"), "\(line)")
  }

  @Test("Weights that differ between ranks are refused before the first step")
  func otherWeights() async throws {
    let first = try await train(["--steps", "1", "--quiet"], ranks: nil)
    #expect(first.exitCode == 0, "\(first.standardError)")
    let model = "run/checkpoints/step-0000000001/model.safetensors"
    try files.change(model, as: "one.safetensors") { _ in }
    try files.change(model, as: "other.safetensors") { $0[$0.count - 1] ^= 1 }
    let weights = ["--resume", "never", "--quiet", "--weights"]
    let run = try await train(
      weights + ["one.safetensors"], rankOne: ["--weights", "other.safetensors"], ranks: 3)
    #expect(run.exitCode == 65)
    let line = try onlyLine(run)
    #expect(line.contains("rank 1 on "), "\(line)")
    #expect(line.contains("the weights file other.safetensors differs from rank 0's"), "\(line)")
  }

  /// Runs the program in the folder of `files`; rank 1 gets further arguments.
  private func train(
    _ arguments: [String], rankOne: [String] = [], ranks: Int?
  ) async throws -> MPIRun {
    let arguments = ["--config", "run.toml", "--run-dir", "run"] + arguments
    let quiet = ["OMPI_MCA_orte_execute_quiet": "1"]
    guard let ranks, !rankOne.isEmpty else {
      return try await MPIRun(
        executable: "gmlp-train", arguments: arguments, ranks: ranks, environment: quiet,
        directory: files.path)
    }
    return try await MPIRun(
      executable: "gmlp-train",
      groups: [
        RankGroup(ranks: 1, arguments: arguments),
        RankGroup(ranks: 1, arguments: arguments + rankOne),
        RankGroup(ranks: ranks - 2, arguments: arguments),
      ], environment: quiet, directory: files.path)
  }

  private func onlyLine(_ run: MPIRun) throws -> String {
    // The start says that these settings cannot go well.
    let lines = run.standardError.split(separator: "\n").map(String.init)
      .filter { !$0.hasPrefix("gmlp-train: warning: settings: ") }
    #expect(lines.count == 1, "\(run.standardError)")
    return try #require(lines.first)
  }

  private func expectLayer(_ line: String, rank: Int?) throws {
    let place = rank.map { "rank \($0) on " } ?? ""
    #expect(line.hasPrefix("gmlp-train: \(place)"), "\(line)")
    let step = #/gmlp-train: (rank \d+ on [^ ]+: )?step \d+, micro-batch \d+, /#
    let layer = /blocks\.\d\.[a-z_0-9.]+: the (activation|gradient) is not finite; .+/
    let start = try #require(line.prefixMatch(of: step), "\(line)")
    #expect(line[start.range.upperBound...].wholeMatch(of: layer) != nil, "\(line)")
  }

  private func checkpoints() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(files.path)/run/checkpoints")
  }
}
