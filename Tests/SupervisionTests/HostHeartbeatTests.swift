import Foundation
import RunSupport
import Testing

/// Ranks of one machine count as on several hosts, which hear of each other by messages only.
///
/// `Tests/Hosts` has the same between hosts.
@Suite("Heartbeats between hosts", .serialized, .timeLimit(.minutes(60)))
struct HostHeartbeatTests {
  private let runs: FaultyRuns

  init() throws {
    runs = try FaultyRuns()
  }

  private func train(_ faults: String, ranks: Int, perHost: Int) async throws -> MPIRun {
    try await runs.train(
      ["GMLP_TRAIN_FAULT": faults, "GMLP_TRAIN_RANKS_PER_HOST": "\(perHost)"], ranks: ranks,
      ["--set", "train.hang_timeout=20"])
  }

  @Test("A host whose ranks all stop is named by the others, which hear of each other")
  func silent() async throws {
    let run = try await train("4:backward:9:stop,5:backward:9:stop", ranks: 6, perHost: 2)
    #expect(run.exitCode == 76, "\(run)")
    // Each of the two other hosts may have its line.
    #expect(!run.told.isEmpty, "\(run)")
    for line in run.told {
      #expect(line.hasPrefix("gmlp-train: the ranks on "), "\(line)")
      #expect(line.contains(": rank 4 on ") && line.contains(", rank 5 on "), "\(line)")
      #expect(line.contains(" or the network between them does not answer"), "\(line)")
      for other in 0...3 { #expect(!line.contains("rank \(other) on "), "\(line)") }
    }
  }

  @Test("A rank alone on its host that stops is named by the others, in whatever they wait")
  func alone() async throws {
    for place in ["1:norm:9", "1:update:9"] {
      let run = try await train("\(place):stop", ranks: 3, perHost: 1)
      #expect(run.exitCode == 76, "\(run)")
      // Open MPI has a line of its own where the memory of a rank that has ended is read.
      let told = run.told.filter { $0.hasPrefix("gmlp-train: ") }
      #expect(!told.isEmpty, "\(run)")
      for line in told {
        #expect(line.contains(": rank 1 on "), "\(place): \(line)")
        for other in [0, 2] { #expect(!line.contains("rank \(other) on "), "\(place): \(line)") }
      }
    }
  }

  @Test("A hung rank is named by its own host first, with its step and phase")
  func hung() async throws {
    let run = try await train("3:backward:9:hang", ranks: 4, perHost: 2)
    #expect(run.exitCode == 76, "\(run)")
    let line = try #require(run.told.first)
    #expect(line.hasPrefix("gmlp-train: rank 3 on ") && line.contains(" hangs: "), "\(line)")
    #expect(line.contains(" in step 9, backward"), "\(line)")
  }

  @Test("A run on several hosts that hear of each other ends as any other")
  func undisturbed() async throws {
    let run = try await runs.train(["GMLP_TRAIN_RANKS_PER_HOST": "2"], ranks: 5)
    #expect(run.exitCode == 0, "\(run.standardError)")
    let wanted = try await runs.reference()
    #expect(try run.digest == wanted)
  }
}
