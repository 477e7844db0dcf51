import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("Wrong use of checkpoints", .timeLimit(.minutes(60)))
struct CheckpointsUsageTests {
  @Test("Impossible arguments get one line and their exit code")
  func wrong() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/empty/checkpoints", withIntermediateDirectories: true)
    let (best, weights) = ("run/checkpoints/best", "run/checkpoints/best/model.safetensors")
    let cases: [(arguments: [String], code: Int32, words: String)] = [
      (["list"], 64, "gmlp-train help checkpoints list"),
      (["list", "--jsno", "run"], 64, "--json"),
      (
        ["lsit", "run"], 64, "unknown subcommand 'checkpoints lsit'; the nearest known one is list"
      ),
      (["list", "absent"], 65, "absent: no such folder"),
      (["list", "digits.toml"], 65, "is a file"),
      (["list", best], 65, "is one checkpoint"),
      (["list", "."], 65, "has no folder checkpoints"),
      (["verify", "absent"], 65, "absent: no such folder"),
      (["verify", "empty"], 65, "holds no checkpoint"),
      (["verify", "digits.toml"], 65, "is a file"),
      (["diff", best], 64, "gmlp-train help checkpoints diff"),
      (["diff", best, "absent"], 65, "absent: no such checkpoint"),
      (["diff", best, "run"], 65, "run: has no state.json"),
      (["diff", best, weights], 65, "one is a file and the other a folder"),
      (["diff", weights, "digits.toml"], 65, "digits.toml at byte 0"),
      (["prune", "run"], 64, "--keep"),
      (["prune", "run", "--keep", "1"], 64, "--keep 1: must be at least 2"),
      (["prune", "run", "--keep=-3"], 64, "--keep -3"),
      (["prune", "run", "--keep", "two"], 64, "two"),
      (["prune", "absent", "--keep", "2"], 65, "absent: no such folder"),
      (["prune", best, "--keep", "2"], 65, "is one checkpoint"),
    ]
    for (arguments, code, words) in cases {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: ["checkpoints"] + arguments, ranks: nil,
        directory: folder.path)
      #expect(run.failed(code, words), "\(arguments): \(run)")
      #expect(run.standardOutput.isEmpty, "\(arguments): \(run)")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/absent"))
  }

  @Test("Each subcommand has help", arguments: ["list", "verify", "diff", "prune"])
  func help(name: String) async throws {
    let run = try await command("help", "checkpoints", name)
    #expect(run.exitCode == 0 && run.standardError.isEmpty)
    #expect(run.standardOutput.contains("USAGE: gmlp-train checkpoints \(name)"), "\(run)")
    for line in run.standardOutput.split(separator: "\n") where !line.hasPrefix("USAGE") {
      #expect(line.count <= 80, "\(line)")
    }
  }
}
