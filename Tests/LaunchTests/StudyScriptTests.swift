import Foundation
import RunSupport
import TestSupport
import Testing

/// The studies of `Benchmarks/`, which take hours: what they refuse, and what they choose between their sweeps.
@Suite("Study scripts", .timeLimit(.minutes(60)))
struct StudyScriptTests {
  private static let python = "/usr/bin/python3"

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(
    _ program: String, _ script: String, _ arguments: [String]
  ) async throws -> MPIRun {
    let path = PackageFolder.url.appending(path: "Benchmarks/\(script)").path
    return try await MPIRun(
      executable: program, arguments: [path] + arguments, ranks: nil, directory: folder.path)
  }

  @Test(
    "They tell their hours, and what they do not know they refuse before they make anything",
    arguments: ["text_parity.sh", "fine_tuning.sh"])
  func misuse(script: String) async throws {
    let help = try await run("/bin/bash", script, ["--help"])
    #expect(help.exitCode == 0 && help.standardOutput.contains("Benchmarks/\(script)"), "\(help)")
    #expect(help.standardOutput.lowercased().contains("hours on two idle cores"), "\(help)")
    let unknown = try await run("/bin/bash", script, ["--sedes", "2", "."])
    #expect(unknown.exitCode == 64 && unknown.standardError.contains("--sedes"), "\(unknown)")
    let missing = try await run("/bin/bash", script, ["none"])
    #expect(missing.exitCode == 66 && missing.standardError.contains("none"), "\(missing)")
    #expect(try folder.names(in: folder.path).isEmpty)
  }

  @Test(
    "A model or a task that is none is named",
    arguments: [["--tasks", "sst2 qnli"], ["--models", "mlp"], ["--models", "large"]])
  func unknownTask(arguments: [String]) async throws {
    let refused = try await run("/bin/bash", "fine_tuning.sh", arguments + ["."])
    let word = arguments[1].split(separator: " ").last ?? ""
    #expect(refused.exitCode == 64 && refused.standardError.contains(word), "\(refused)")
    #expect(try folder.names(in: folder.path).isEmpty)
  }

  /// Leaves `rates.toml` and the table of its runs: a loss for each rate with its factor.
  private func leave(_ losses: [(rate: String, factor: Int, loss: Double)]) throws {
    let names = losses.map { "gMLP 4, rate \($0.rate), × \($0.factor)" }
    let variants = zip(names, losses).map { name, tried in
      """
      [[variant]]
      name = "\(name)"
      set = [
        "optimizer.learning_rate=\(tried.rate)",
        'optimizer.rate_factors=["*.gate.proj.weight=\(tried.factor)"]',
      ]

      """
    }
    try folder.write("config = \"text.toml\"\n\(variants.joined())", to: "rates.toml")
    let runs = zip(names, losses).map { name, tried in
      """
      {"variant": "\(name)", "parameters": 9, "diverged": false, "weights_sha256": "00", \
      "evaluations": [{"loss": 9.0}, {"loss": \(tried.loss)}]}
      """
    }
    try folder.write(
      "{\"rows\": [], \"runs\": [\(runs.joined(separator: ", "))]}", to: "rates/table.json")
  }

  @Test(
    "Further settings are tried where the best lies at an edge; a sweep of them can be read",
    .enabled(if: FileManager.default.fileExists(atPath: python)))
  func edges() async throws {
    try folder.write(
      "[model]\ninput = \"text\"\ntoeplitz = true\n[data]\nformat = \"text\"\n", to: "text.toml")
    try leave([("1e-3", 8, 4), ("2e-3", 8, 3.8), ("2e-3", 4, 3.9), ("2e-3", 16, 3.7)])
    let extended = try await run(
      Self.python, "text_study.py", ["extend", "more.toml", "rates.toml"])
    #expect(extended.exitCode == 0, "\(extended)")
    let names = try folder.text(of: "more.toml").split(separator: "\n")
      .filter { $0.hasPrefix("name") }
    #expect(
      names == ["name = \"gMLP 4, rate 0.002, × 32\"", "name = \"gMLP 4, rate 0.004, × 16\""])
    let best = try await run(
      Self.python, "text_study.py", ["best", "best.toml", "20000", "2", "rates.toml"])
    #expect(best.exitCode == 0 && best.standardOutput.contains("× 16, loss 3.7000"), "\(best)")
    for name in ["more", "best"] {
      let shown = try await command("sweep", "\(name).toml", "--show", "--json", in: folder.path)
      let runs = try #require(try shown.object()["runs"] as? [[String: Any]])
      #expect(runs.count == 2, "\(shown)")
    }
  }

  @Test(
    "Where the best lies inside there is nothing to add",
    .enabled(if: FileManager.default.fileExists(atPath: python)))
  func inside() async throws {
    try leave(
      [("1e-3", 8, 4), ("2e-3", 8, 3.6), ("4e-3", 8, 3.8), ("2e-3", 4, 3.9), ("2e-3", 16, 3.7)])
    let extended = try await run(
      Self.python, "text_study.py", ["extend", "more.toml", "rates.toml"])
    #expect(extended.exitCode == 3, "\(extended)")
    #expect(try folder.names(in: folder.path) == ["rates", "rates.toml"])
  }

  @Test(
    "Pretrained and random weights get the rates of their own runs",
    .enabled(if: FileManager.default.fileExists(atPath: python)))
  func arms() async throws {
    let tried = [
      ("pretrained", "0.0001", 0.7), ("pretrained", "0.0003", 0.8), ("pretrained", "0.001", 0.6),
      ("random", "0.0003", 0.5), ("random", "0.001", 0.6), ("random", "0.003", 0.55),
    ]
    let rows = tried.map { arm, rate, accuracy in
      """
      {"variant": "gmlp \(arm), rate \(rate)", "scores": [{"metric": "accuracy", "median": \(accuracy)}]}
      """
    }
    try folder.write("", to: "search.toml")
    try folder.write("{\"rows\": [\(rows.joined(separator: ", "))]}", to: "search/table.json")
    let rates = try await run(Self.python, "text_study.py", ["rates", "accuracy", "search.toml"])
    #expect(rates.standardOutput == "gmlp pretrained 0.0003\ngmlp random 0.001\n", "\(rates)")
    // The script looks for them by these words.
    let script = try String(
      contentsOf: PackageFolder.url.appending(path: "Benchmarks/fine_tuning.sh"), encoding: .utf8)
    for arm in ["pretrained", "random"] {
      #expect(script.contains("variant \"$model \(arm), rate $rate\""))
      #expect(script.contains("\(arm)=$(rate \"$task\" \"$model\" \(arm))"))
    }
  }
}
