import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("plan", .timeLimit(.minutes(60)))
struct PlanCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  private func plan(_ arguments: String...) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: ["plan", "--config", "digits.toml"] + arguments,
      ranks: nil, directory: folder.path)
  }

  @Test("A profile that a benchmark has written is what a plan is made from", arguments: [nil, 2])
  func profile(ranks: Int?) async throws {
    let benchmark = try await command(
      "benchmark", "--config", "digits.toml", "--steps", "2", "--profile", "p.json", ranks: ranks,
      in: folder.path)
    #expect(benchmark.exitCode == 0, "\(benchmark)")
    let profile = try #require(
      try JSONSerialization.jsonObject(with: Data(try folder.text(of: "p.json").utf8))
        as? [String: Any])
    #expect(profile["origin"] as? String == "measured" && profile["ranks"] as? Int == ranks ?? 1)
    let layers = try #require(profile["layers"] as? [[String: Any]])
    #expect(layers.first?["name"] as? String == "stem")
    #expect(layers.last?["name"] as? String == "head")
    for layer in layers {
      #expect(try #require(layer["forward_seconds"] as? Double) > 0)
      #expect(try #require(layer["backward_seconds"] as? Double) > 0)
    }
    let object = try await plan("--profile", "p.json", "--hosts", "4", "--json").object()
    #expect(object["origin"] as? String == "measured")
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows.compactMap { $0["hosts"] as? Int } == [1, 2, 4])
    let other = try await plan("--profile", "p.json", "--set", "model.num_layers=1")
    #expect(other.failed(65, "p.json", "was measured with"), "\(other)")
  }

  @Test("A table for people, a plot and a trace")
  func files() async throws {
    let run = try await plan(
      "--gemm-rate", "20", "--hosts", "8", "--ranks", "2", "--link", "1gbit", "--latency", "1ms",
      "--plot", "plan.svg", "--trace", "trace.jsonl")
    #expect(run.exitCode == 0, "\(run)")
    for word in ["efficiency", "exposed s", "limit", "note: times are estimated"] {
      #expect(run.standardOutput.contains(word), "\(word): \(run)")
    }
    let plot = try folder.text(of: "plan.svg")
    #expect(plot.hasPrefix("<svg ") && plot.contains("efficiency") && plot.hasSuffix("</svg>\n"))
    let trace = try folder.text(of: "trace.jsonl").split(separator: "\n")
    #expect(trace.first?.contains("\"event\":\"cluster\"") == true)
    #expect(trace.last?.contains("\"event\":\"end\"") == true)
  }

  private static let misuses: [([String], [String])] = [
    ([], ["nothing says how fast", "--profile", "--gemm-rate"]),
    (["--gemm-rate", "20", "--link", "25gib"], ["--link 25gib", "units are"]),
    (["--gemm-rate", "20", "--latency", "10"], ["--latency 10", "units are"]),
    (["--gemm-rate", "20", "--disk", "fast"], ["--disk fast", "units are"]),
    (["--gemm-rate", "20", "--memory", "9"], ["--memory 9", "units are"]),
    (["--gemm-rate", "0"], ["--gemm-rate 0"]),
    (["--gemm-rate", "20", "--pretend-compute", "1"], ["give only one of them"]),
    (["--gemm-rate", "20", "--hosts", "0"], ["--hosts 0"]),
    (["--gemm-rate", "20", "--hosts", "10000", "--ranks", "100"], ["1000000 ranks"]),
    (["--gemm-rate", "20", "--ranks", "2", "--cores", "1"], ["--cores 1", "2 workers"]),
    (["--gemm-rate", "20", "--exchange", "trees"], ["trees"]),
    (["--gemm-rate", "20", "--preset", "gmlp-s16"], ["--config and --preset"]),
  ]

  @Test("What cannot be planned gets one line", arguments: misuses)
  func misuse(arguments: [String], words: [String]) async throws {
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: ["plan", "--config", "digits.toml"] + arguments,
      ranks: nil, directory: folder.path)
    #expect(run.exitCode == 64, "\(run)")
    for word in words { #expect(run.standardError.contains(word), "\(run)") }
    #expect(run.standardError.split(separator: "\n").count == 1, "\(run)")
  }

  @Test("A profile that is none, or is not there, and a plot that has no place")
  func badFiles() async throws {
    try folder.write("{\"version\": 1}", to: "bad.json")
    let bad = try await plan("--profile", "bad.json")
    #expect(bad.failed(65, "bad.json", "is no profile"), "\(bad)")
    let missing = try await plan("--profile", "missing.json")
    #expect(missing.failed(74, "missing.json", "benchmark --profile"), "\(missing)")
    let plot = try await plan("--gemm-rate", "20", "--plot", "nowhere/plan.svg")
    #expect(plot.failed(74, "nowhere/plan.svg"), "\(plot)")
  }

  @Test("Workers that wait in place of computing take at least that long", arguments: [nil, 2])
  func pretended(ranks: Int?) async throws {
    let object = try await command(
      "benchmark", "--config", "digits.toml", "--steps", "3", "--pretend-compute", "0.05",
      "--json", ranks: ranks, in: folder.path
    ).object()
    let batch = try #require(object["batch"] as? Int)
    let size = try #require(object["micro_batch"] as? Int)
    let waited = 0.05 * Double(batch / size / (ranks ?? 1))
    #expect(try #require(object["fastest_step_seconds"] as? Double) > 0.99 * waited)
    let refused = try await command(
      "benchmark", "--config", "digits.toml", "--pretend-compute", "0", in: folder.path)
    #expect(refused.failed(64, "--pretend-compute 0"), "\(refused)")
  }
}
