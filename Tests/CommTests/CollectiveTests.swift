import RunSupport
import Testing

/// The numbers of ranks at which everything is tried: powers of two and others.
let rankCounts = [1, 2, 3, 4, 5, 8]

@Suite("Collectives", .serialized, .timeLimit(.minutes(60)))
struct CollectiveTests {
  static let checks = [
    "barrier", "broadcast", "all-reduce", "all-gather", "all-gather-v", "exchanges",
    "exchange-in-job", "exchange-meetings", "exchange-rounds", "placement", "queue",
  ]

  @Test("Every collective agrees with arithmetic", arguments: rankCounts)
  func collectives(ranks: Int) async throws {
    try await expectPassed(Self.checks, ranks: ranks)
  }

  @Test(
    "Memory that MPI may still write to outlives a failed start of an exchange", arguments: [2, 3])
  func failedStart(ranks: Int) async throws {
    try await expectPassed(["failed-start"], ranks: ranks)
  }

  @Test(
    "Messages longer than the largest count are sent in parts", arguments: rankCounts, [1, 1_000])
  func parts(ranks: Int, limit: Int) async throws {
    // Parts of one element make a broadcast of 20,011 very long; the two that loop do without.
    let checks = limit == 1 ? ["all-gather", "queue"] : Self.checks
    try await expectPassed(checks, ranks: ranks, options: ["--part-limit", "\(limit)"])
  }

  @Test(
    "Hosts hear of each other while their ranks wait, and collectives agree all the same",
    arguments: [(2, 1), (3, 1), (5, 2), (4, 3), (4, 4)])
  func hosts(ranks: Int, perHost: Int) async throws {
    try await expectPassed(
      ["heartbeats"] + Self.checks, ranks: ranks,
      environment: ["GMLP_TRAIN_RANKS_PER_HOST": "\(perHost)"])
  }

  @Test("Thousands of collectives, with ranks that are sometimes late", arguments: [2, 3, 8])
  func soak(ranks: Int) async throws {
    try await expectPassed(["soak"], ranks: ranks, options: ["--argument", "2000"])
  }

  @Test("Without a launcher every collective is local and MPI is never started")
  func alone() async throws {
    try await expectPassed(
      Self.checks + ["mpi-initialized"], ranks: nil, options: ["--argument", "0"])
  }

  @Test("A launcher starts MPI, even for one rank")
  func underLauncher() async throws {
    try await expectPassed(["mpi-initialized"], ranks: 1, options: ["--argument", "1"])
  }

  @Test("Signals reach their handlers without disturbing collectives", arguments: [nil, 1, 2, 5])
  func signals(ranks: Int?) async throws {
    try await expectPassed(["signals"], ranks: ranks)
  }
}
