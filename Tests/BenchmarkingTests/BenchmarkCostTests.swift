import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("Checkpoints and scaling in a benchmark", .timeLimit(.minutes(60)))
struct BenchmarkCostTests {
  @Test("Two checkpoints are written, measured and removed", arguments: [nil, 2])
  func checkpoint(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let object = try await command(
      "benchmark", "--config", "digits.toml", "--steps", "4", "--checkpoint", ".", "--json",
      ranks: ranks, in: folder.path
    ).object()
    #expect(try folder.names(in: folder.path) == ["digits.toml"])
    let checkpoints = try #require(object["checkpoints"] as? [[String: Any]])
    #expect(checkpoints.count == 2)
    let parameters = try #require(object["parameters"] as? Int)
    for checkpoint in checkpoints {
      func number(_ key: String) throws -> Double {
        try #require(checkpoint[key] as? Double, "\(key)")
      }
      // Weights, two moments and an average of fp32.
      #expect(try number("bytes") > Double(16 * parameters))
      #expect(try number("stall_seconds") > 0)
      #expect(try number("seconds") > 0)
      #expect(try number("steps_beside") >= 1)
      let cost = try number("stall_seconds") + max(0, number("slowdown_seconds"))
      #expect(abs(try number("share_at_one_a_minute") * 60 / cost - 1) < 1e-9)
    }
    // The steps beside the checkpoints are among those whose time is divided.
    let phases = try #require(object["phases"] as? [String: Any])
    let rows = try #require(phases["rows"] as? [[String: Any]])
    #expect(rows.contains { $0["phase"] as? String == "checkpoint" })
    let sum = rows.compactMap { $0["seconds"] as? Double }.reduce(0, +)
    #expect(abs(sum / (try #require(phases["seconds"] as? Double)) - 1) < 0.01)
  }

  @Test("A missing folder is reported in one line", arguments: [nil, 2])
  func noFolder(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let missing = "\(folder.path)/missing"
    let run = try await command("benchmark", "--checkpoint", missing, ranks: ranks)
    #expect(run.failed(74, missing, "--checkpoint"), "\(run)")
  }

  @Test("Numbers of threads and of ranks are measured in turn", arguments: ["threads", "ranks"])
  func scaling(kind: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let object = try await command(
      "benchmark", "--config", "digits.toml", "--steps", "3", "--scaling", "1,2,3",
      "--scaling-by", kind, "--json", in: folder.path
    ).object()
    #expect(object["by"] as? String == kind)
    let rows = try #require(object["rows"] as? [[String: Any]])
    try #require(rows.compactMap { $0["workers"] as? Int } == [1, 2, 3])
    #expect(rows.compactMap { $0["batch"] as? Int } == [64, 64, 64])
    let rates = try rows.map { try #require($0["samples_per_second"] as? Double) }
    for (row, rate) in zip(rows, rates) {
      let workers = try #require(row["workers"] as? Double)
      let speedUp = try #require(row["speed_up"] as? Double)
      #expect(abs(speedUp * rates[0] / rate - 1) < 1e-9)
      #expect(abs(try #require(row["efficiency"] as? Double) * workers / speedUp - 1) < 1e-9)
    }
    let text = try await command(
      "benchmark", "--config", "digits.toml", "--steps", "1", "--scaling", "2", "--scaling-by",
      kind, in: folder.path)
    #expect(text.standardOutput.contains("speed-up") && text.standardOutput.contains(kind))
  }

  @Test("Impossible --scaling arguments get one line")
  func wrongScaling() async throws {
    let counts = try await command("benchmark", "--scaling", "1,0")
    #expect(counts.failed(64, "1,0", "--scaling"), "\(counts)")
    let both = try await command("benchmark", "--scaling", "1", "--threads", "2")
    #expect(both.failed(64, "--scaling and --threads"), "\(both)")
    let launched = try await command("benchmark", "--scaling", "1", ranks: 2)
    #expect(launched.failed(64, "without a launcher"), "\(launched)")
    // The measurement itself says what is wrong, once.
    let model = try await command("benchmark", "--scaling", "1,2", "--set", "model.d_model=0")
    #expect(model.failed(64, "model.d_model = 0"), "\(model)")
  }
}
