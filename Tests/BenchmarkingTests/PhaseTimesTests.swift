import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("Phases of a benchmark", .timeLimit(.minutes(60)))
struct PhaseTimesTests {
  /// Precision, ranks and threads; nil runs the program alone.
  static let worlds = ["fp32", "bf16"].flatMap { precision in
    [1, 2].flatMap { threads in [nil, 2].map { (precision, threads, $0) } }
  }

  @Test("They add up to the wall time, and the clock changes no bit", arguments: worlds)
  func addUp(precision: String, threads: Int, ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let settings = [
      "--config", "digits.toml", "--threads", "\(threads)", "--set",
      "train.precision=\(precision)",
    ]
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: ["benchmark", "--steps", "10", "--warmup-steps", "2", "--json"] + settings,
      ranks: ranks, directory: folder.path)
    let object = try run.object()
    let phases = try #require(object["phases"] as? [String: Any], "\(run)")
    let rows = try #require(phases["rows"] as? [[String: Any]])
    let wall = try #require(phases["seconds"] as? Double)
    let seconds = try rows.map { try #require($0["seconds"] as? Double) }
    #expect(seconds.allSatisfy { $0 > 0 })
    #expect(abs(seconds.reduce(0, +) / wall - 1) < 1e-9, "\(seconds) of \(wall)")
    let shares = try rows.map { try #require($0["share"] as? Double) }
    #expect(abs(shares.reduce(0, +) - 1) < 1e-9)

    let exchange = try #require(phases["exchange_processor_seconds"] as? Double)
    #expect(ranks == nil ? exchange >= 0 : exchange > 0)

    // What every step has; that nothing is charged twice or not at all the sum has shown.
    let names = rows.compactMap { $0["phase"] as? String }
    for name in [
      "waiting for data", "clearing gradients", "forward linear products", "forward GELU",
      "backward linear products, weights", "backward spatial products, inputs", "backward norm",
      "reduction, exposed", "gradient norm", "optimizer", "gather",
    ] {
      #expect(names.contains(name), "\(names)")
    }
    for row in rows {
      let name = try #require(row["phase"] as? String)
      #expect((row["gflops"] != nil) == name.contains("products"), "\(name)")
    }

    let trained = try await MPIRun(
      executable: "gmlp-train",
      arguments: settings + ["--steps", "12", "--run-dir", "run", "--quiet"], ranks: nil,
      directory: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    let lines = try folder.text(of: "run/metrics.jsonl").split(separator: "\n")
    let end = try #require(lines.last)
    let digest = try #require(object["weights_sha256"] as? String)
    #expect(end.contains(digest), "\(digest) is not in \(end)")
  }
}
