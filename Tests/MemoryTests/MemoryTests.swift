import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("The estimate of memory", .timeLimit(.minutes(60)))
struct MemoryTests {
  /// Wide enough that the model's own buffers are most of the memory.
  private static let wideDigits = """
    [model]
    image_size = [8, 8]
    patch_size = [2, 2]
    d_model = 640
    d_ffn = 2560
    [data]
    format = "digits"
    train = []
    test = []
    [train]
    steps = 1
    global_batch_size = 32
    micro_batch_size = 8
    """

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(Self.wideDigits, to: "wide.toml")
  }

  @Test(
    "It is within 5 % of what training steps take",
    arguments: [
      (ranks: 1, options: ["--threads", "1"]),
      (ranks: 1, options: ["--threads", "2", "--set", "train.precision=bf16"]),
      (
        ranks: 1, options: ["--set", "train.precision=bf16", "--set", "train.products=openblas"]
      ),
      (ranks: 2, options: ["--set", "train.global_batch_size=16"]),
      (ranks: 1, options: ["--set", "optimizer.kind=sgd", "--set", "optimizer.momentum=0"]),
      (ranks: 2, options: ["--set", "optimizer.kind=lamb"]),
    ])
  func steps(ranks: Int, options: [String]) async throws {
    let (estimate, peak) = try await estimateAndPeak(options, ranks: ranks)
    #expect(
      abs(Double(estimate) / Double(peak) - 1) < 0.05, "\(estimate) estimated, \(peak) taken")
  }

  /// The estimate counts as many buckets as may be under way.
  ///
  /// Ranks that keep pace have fewer, by chance.
  @Test("With messages it is within 5 %, or above by a bucket that was not under way")
  func messages() async throws {
    let bucket = 16 << 20
    let (estimate, peak) = try await estimateAndPeak(
      ["--set", "train.shared_memory=false", "--set", "train.bucket_mb=16"], ranks: 3)
    let bound = 0.05 * Double(peak)
    #expect(
      (-bound...bound + Double(bucket)).contains(Double(estimate - peak)),
      "\(estimate) estimated, \(peak) taken")
  }

  /// The estimate counts the buffers of all products of a backward pass, and this one has few.
  @Test("With frozen tensors it is not too low, and at most 6 % too high")
  func frozen() async throws {
    let (estimate, peak) = try await estimateAndPeak(
      ["--set", #"optimizer.frozen=["stem.*", "blocks.*", "norm.*"]"#], ranks: 2)
    #expect(
      (0.95...1.06).contains(Double(estimate) / Double(peak)),
      "\(estimate) estimated, \(peak) taken")
  }

  @Test("With checkpoints it is within 5 % of what a run takes")
  func wholeRun() async throws {
    let estimate = try await estimate(["--config", "wide.toml", "--json"])
    let started = try StartedRun(
      executable: "gmlp-train", arguments: ["--config", "wide.toml"], ranks: nil,
      environment: ["GMLP_TRAIN_FAULT": "0:finish:*:stop"], directory: folder.path)
    let stopped = try await started.stoppedProcess()
    let peak = try #require(Self.peakBytes(of: stopped))
    started.resume(stopped)
    #expect(try await started.finish().exitCode == 0)
    let total = estimate.steps + estimate.beside
    #expect(abs(Double(total) / Double(peak) - 1) < 0.05, "\(total) estimated, \(peak) taken")
  }

  @Test("Pages that ranks of a host share are counted once")
  func oneHost() async throws {
    let arguments = ["--config", "wide.toml", "--json", "--ranks", "4"]
    let shared = try await estimate(arguments)
    let messages = try await estimate(arguments + ["--set", "train.shared_memory=false"])
    #expect(shared.onOneHost < 4 * (shared.steps + shared.beside))
    #expect(shared.onOneHost < messages.onOneHost)
  }

  /// What `inspect` expects of training steps, and what they took.
  private func estimateAndPeak(_ options: [String], ranks: Int) async throws -> (Int, Int) {
    let arguments = ["--config", "wide.toml", "--json"] + options
    let estimate = try await estimate(["--ranks", "\(ranks)"] + arguments).steps
    let run = try await run(
      ["benchmark", "--steps", "2", "--warmup-steps", "1"] + arguments, ranks: ranks)
    return (estimate, try #require(run.object()["peak_memory_bytes"] as? Int))
  }

  /// What `inspect` says of training steps, of what comes on top of them, and of all ranks together.
  private func estimate(
    _ arguments: [String]
  ) async throws -> (steps: Int, beside: Int, onOneHost: Int) {
    let summary = try await run(["inspect"] + arguments, ranks: 1).object()
    let beside = try #require(summary["memory_beside_steps"] as? [String: Int])
    return (
      try #require(summary["memory_bytes_per_rank"] as? Int), beside.values.reduce(0, +),
      try #require(summary["memory_bytes_on_one_host"] as? Int)
    )
  }

  private func run(_ arguments: [String], ranks: Int) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: ranks == 1 ? nil : ranks,
      directory: folder.path)
  }

  /// The peak of resident memory that the kernel recorded; nil when the process has ended.
  private static func peakBytes(of process: Int32) -> Int? {
    let status = FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data()
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n")
      .first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Int($0.filter(\.isNumber)) }.map { $0 * 1_024 }
  }
}
