import Foundation
import RunSupport
import TestSupport
import Testing

/// Short tortures; `docs/operations/reliability.md` has the long ones.
@Suite("Torture", .serialized, .timeLimit(.minutes(60)))
struct TortureCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Whether a slow rank is named depends on what else the machine does; ``PromisedTimesTests`` sees to it.
  private static let kinds = [
    "rank killed", "rank killed at a place", "all killed", "power lost", "rank stopped",
    "rank hung", "bit turned", "disk fails", "asked to stop", "killed, checkpoint damaged",
  ]

  @Test("Faults of all kinds in turn, and the weights of an undisturbed run")
  func short() async throws {
    let run = try await torture(
      ["--faults", "12", "--seed", "3"] + Self.kinds.flatMap { ["--kind", $0] })
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(run.standardOutput.contains("12 faults in "), "\(run.standardOutput)")
    #expect(
      run.standardOutput.contains(
        "0 with other weights, 0 lost and 0 damaged checkpoints, 0 left-over processes;"))
  }

  @Test("Random numbers keyed by the rank are detected")
  func planted() async throws {
    let run = try await torture(
      ["--faults", "3", "--kind", "rank killed", "--ranks", "2,3"]
        + ["--planted", "*:forward:*:rank-seed", "--delay", "0.5"])
    #expect(run.exitCode == 70, "\(run.standardError)")
    #expect(run.standardOutput.contains("1 with other weights"), "\(run.standardOutput)")
  }

  @Test(
    "A forgotten sync, and a checkpoint named too early, are detected",
    arguments: [
      ("0:sync:*:skip", "damaged"), ("0:sync:*:late", "damaged"),
      // A folder without its name is lost, one without those of its files is damaged.
      ("0:sync-folder:*:skip", "either"),
    ])
  func plantedInStore(planted: String, what: String) async throws {
    let run = try await torture(
      ["--faults", "16", "--kind", "power lost", "--ranks", "1", "--planted", planted])
    #expect(run.exitCode == 70, "\(run.standardError)")
    let counts = /(?<lost>\d+) lost and (?<damaged>\d+) damaged/
    let found = try #require(run.standardOutput.firstMatch(of: counts), "\(run.standardOutput)")
    let isFound = found.damaged != "0" || what == "either" && found.lost != "0"
    #expect(isFound, "\(run.standardOutput)")
  }

  @Test("A run that ends before its fault is left alone")
  func tooLate() async throws {
    let run = try await torture(
      ["--faults", "1", "--kind", "killed, checkpoint damaged", "--ranks", "1"]
        // This seed has the first fault after 297 s, long after ten steps, and the second at once.
        + ["--seed", "4125", "--delay", "300", "--set", "train.steps=10"])
    #expect(run.exitCode == 0, "\(run)")
    #expect(!run.standardOutput.contains(" in 1 starts"), "a training has ended: \(run)")
  }

  @Test("A power loss costs no reported checkpoint")
  func power() async throws {
    let run = try await torture(["--faults", "12", "--kind", "power lost", "--ranks", "1,2"])
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardOutput.contains("0 lost and 0 damaged checkpoints"), "\(run)")
  }

  @Test(
    "Flipped bits are found in their step; with the check off, the torture finds different weights")
  func turnedBits() async throws {
    let bits = ["--faults", "3", "--kind", "bit turned", "--ranks", "2,3"]
    let run = try await torture(bits)
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardOutput.contains("| bit turned | 3 |"), "\(run)")
    try FileManager.default.removeItem(atPath: "\(folder.path)/out")
    let blind = try await torture(bits + ["--set", "train.replica_check=off"])
    #expect(blind.exitCode == 70, "\(blind)")
    #expect(blind.standardOutput.contains("nobody was named instead of rank "), "\(blind)")
    #expect(blind.standardOutput.contains("1 with other weights"), "\(blind)")
  }

  @Test("Wrong arguments get one line")
  func wrong() async throws {
    let kind = try await torture(["--kind", "rank kiled"])
    #expect(kind.failed(64, "the nearest known one is rank killed"), "\(kind)")
    let ranks = try await torture(["--ranks", "two"])
    #expect(ranks.failed(64, "--ranks two"), "\(ranks)")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/out", withIntermediateDirectories: false)
    let used = try await torture([])
    #expect(used.failed(64, "is there already"), "\(used)")
  }

  /// On a busy machine a rank may wait for seconds until it has its turn.
  @Test("An undisturbed run has the usual time until a rank counts as hung")
  func hangTimeout() async throws {
    let configuration = PackageFolder.url.appending(path: "configs/digits.toml").path
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "torture", "--config", configuration, "--output", "\(folder.path)/out", "--faults", "1",
        "--ranks", "1", "--kind", "asked to stop", "--set", "train.steps=100",
      ], ranks: nil, deadlineSeconds: 3_000)
    #expect(run.exitCode == 0, "\(run)")
    let settings = try folder.text(of: "out/reference/config.toml")
    #expect(settings.contains("\nhang_timeout = 20.0\n"), "\(settings)")
  }

  private func torture(_ arguments: [String]) async throws -> MPIRun {
    let configuration = PackageFolder.url.appending(path: "configs/digits.toml").path
    return try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "torture", "--config", configuration, "--output", "\(folder.path)/out", "--set",
        "train.steps=400", "--set", "train.checkpoint_every=20", "--set",
        "train.hang_timeout=20", "--set", "model.survival_probability=0.9",
      ] + arguments, ranks: nil, deadlineSeconds: 3_000)
  }
}
