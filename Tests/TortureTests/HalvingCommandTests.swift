import Foundation
import RunSupport
import TestSupport
import Testing

/// A real search on the digits that ends most runs early.
@Suite("sweep with halving", .timeLimit(.minutes(60)))
struct HalvingCommandTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    try folder.write(
      """
      config = "digits.toml"
      [grid]
      optimizer.learning_rate = [1e-5, 1e-3, 3e-3, 1e-2]
      [halving]
      factor = 2
      budget = 405
      """, to: "rates.toml")
  }

  private func newestStep(of run: String) throws -> Int? {
    let names = try folder.names(in: "\(folder.path)/runs/rates/\(run)/checkpoints")
    return names.compactMap { $0.firstMatch(of: /^step-(\d+)$/).flatMap { Int($0.1) } }.max()
  }

  @Test("It resumes where it was stopped, and the best run is the one that training alone gives")
  func halving() async throws {
    // The first run stops in the middle of the first rung.
    let run = try StartedRun(
      executable: "gmlp-train", arguments: ["sweep", "rates.toml"], ranks: nil,
      environment: ["GMLP_TRAIN_FAULT": "0:forward:30:stop"], directory: folder.path)
    try await run.sendWhileStopped(SIGTERM)
    let stopped = try await run.finish()
    #expect(stopped.exitCode == 75, "\(stopped)")
    #expect(
      stopped.standardOutput.contains("rung 1 of 3, 50 steps: learning_rate=1e-05, seed 0"),
      "\(stopped)")
    #expect(stopped.standardError.contains("stopped; sweep again to resume"), "\(stopped)")
    let shown = try await command("sweep", "rates.toml", "--show", "--json", in: folder.path)
    #expect(try shown.object()["is_finished"] as? Bool == false, "\(shown)")

    let whole = try await command("sweep", "rates.toml", in: folder.path)
    #expect(whole.exitCode == 0, "\(whole)")
    #expect(whole.standardOutput.contains("resumed after step"), "\(whole)")
    #expect(whole.standardOutput.contains("rung 3 of 3, 200 steps: "), "\(whole)")
    let table = try await command("sweep", "rates.toml", "--show", "--json", in: folder.path)
    let result = try table.object()
    let rows = try #require(result["rows"] as? [[String: Any]])
    #expect(rows.compactMap { ($0["values"] as? [Double])?.count } == [3, 2, 1, 1])
    #expect(rows.compactMap { $0["steps"] as? Int } == [200, 100, 50, 50])
    #expect(result["steps"] as? Int == 400 && result["planned_steps"] as? Int == 400)
    #expect(result["is_finished"] as? Bool == true && result["metric"] as? String == "accuracy")
    #expect(try #require(result["seconds"] as? Double) > 0)
    // The rate that hardly learns is not the one that goes on.
    #expect(rows[0]["variant"] as? String != "learning_rate=1e-05")
    #expect(try newestStep(of: "learning-rate-1e-05-seed0") == 50)

    // It is a run as any other of its configuration.
    let best = try #require(rows[0]["variant"] as? String)
    let plain = try await command(
      "--config", "digits.toml", "--set", "optimizer.\(best)", "--steps", "200", "--run-dir",
      "plain", in: folder.path)
    let kept = try JSONSerialization.jsonObject(
      with: Data(try folder.text(of: "runs/rates/table.json").utf8))
    let runs = try #require((kept as? [String: Any])?["runs"] as? [[String: Any]])
    let digests = runs.compactMap { $0["weights_sha256"] as? String }
    #expect(digests.count == 1)
    #expect(plain.standardOutput.contains("weights sha256 \(digests.first ?? "none")"), "\(plain)")

    let again = try await command("sweep", "rates.toml", in: folder.path)
    #expect(again.exitCode == 0 && !again.standardOutput.contains("rung "), "\(again)")
    #expect(again.standardOutput.contains("400 of 400 steps"), "\(again)")
    #expect(try again.standardOutput == folder.text(of: "runs/rates/halving.md"))
  }
}
