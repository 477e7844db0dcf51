import Foundation
import Kernels
import RunSupport
import Testing

@testable import Configuration

@Suite(
  "Precision", .serialized, .timeLimit(.minutes(60)),
  .enabled(if: BFloat16.isFast, "this processor or this build has no bf16"))
struct PrecisionTests {
  let files: GoodFiles

  init() throws {
    files = try GoodFiles()
  }

  /// oneDNN takes this for a processor without the instructions.
  private let older = ["ONEDNN_MAX_CPU_ISA": "AVX512_CORE"]

  private func train(
    _ environment: [String: String], ranks: Int? = nil, products: String = "onednn"
  ) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "--config", "run.toml", "--run-dir", "run", "--set", "train.precision=bf16", "--set",
        "train.products=\(products)",
      ], ranks: ranks, environment: environment, directory: files.path)
  }

  private var resolved: String {
    get throws { try String(contentsOfFile: "\(files.path)/run/config.toml", encoding: .utf8) }
  }

  @Test("A processor without bf16 gets one line and fp32", arguments: [nil, 3])
  func fallsBack(ranks: Int?) async throws {
    let run = try await train(older, ranks: ranks)
    #expect(run.exitCode == 0, "\(run.standardError)")
    let told = run.standardError.split(separator: "\n").filter { $0.contains("train.precision") }
    #expect(told.count == 1 && told.allSatisfy { $0.contains("computed in fp32") }, "\(told)")
    #expect(try resolved.contains("precision = \"fp32\""))
  }

  @Test(
    "auto is resolved at the first start, recorded, and kept when resuming on another processor")
  func automatic() async throws {
    func train(_ precision: String, _ arguments: [String]) async throws -> MPIRun {
      try await MPIRun(
        executable: "gmlp-train",
        arguments: [
          "--config", "run.toml", "--run-dir", "run", "--set", "train.precision=\(precision)",
        ] + arguments, ranks: nil, directory: files.path)
    }
    let (automatic, other) =
      BFloat16Speed.here == .faster ? ("bf16", "fp32") : ("fp32", "bf16")
    for recorded in ["auto", other] {
      let never = ["--resume", "never", "--stop-after", "1"]
      let first = try await train(recorded, never)
      #expect(first.exitCode == 75, "\(first)")
      let name = recorded == other ? other : automatic
      let resumed = try await train("auto", [])
      #expect(resumed.exitCode == 0 && resumed.standardOutput.contains(", \(name), "), "\(resumed)")
      #expect(!resumed.standardError.contains("computed in fp32"), "\(resumed)")
      #expect(try resolved.contains("precision = \"\(name)\""))
      let metrics = try String(contentsOfFile: "\(files.path)/run/metrics.jsonl", encoding: .utf8)
      #expect(metrics.contains("\"precision\":\"\(name)\""), "\(metrics)")
    }
  }

  @Test("A benchmark reports it too")
  func benchmark() async throws {
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "benchmark", "--config", "run.toml", "--steps", "1", "--set", "train.precision=bf16",
        "--set", "train.products=onednn", "--json",
      ], ranks: nil, environment: older, directory: files.path)
    #expect(run.standardError.contains("computed in fp32"), "\(run)")
    #expect(try run.object()["precision"] as? String == "fp32")
  }

  @Test("Portable products need no instruction for bf16, and give the same bits without it")
  func portable() async throws {
    var digests: Set<String> = []
    for environment in [[:], older] {
      let run = try await train(environment, products: "portable")
      #expect(run.exitCode == 0 && !run.standardError.contains("train.precision"), "\(run)")
      let told = run.warningsOfMachine.filter { $0.contains("bf16 is widened to fp32") }
      #expect(told.count == 1, "\(run)")
      #expect(try resolved.contains("precision = \"bf16\""))
      digests.insert(try run.digest)
      try FileManager.default.removeItem(atPath: "\(files.path)/run")
    }
    #expect(digests.count == 1)
  }

  @Test("A processor with fast bf16 instructions uses them without a message")
  func takesIt() async throws {
    let run = try await train([:])
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(!run.standardError.contains("train.precision"), "\(run.standardError)")
    let isTold = run.warningsOfMachine.contains { $0.contains("is slower than fp32") }
    #expect(isTold == (BFloat16Speed.here != .faster), "\(run)")
    #expect(try resolved.contains("precision = \"bf16\""))
  }
}
