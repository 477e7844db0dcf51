import Foundation
import RunSupport
import Testing

/// Ranks of one machine exchange as if they were on several hosts: what a host shares is then what its ranks share.
///
/// Tests/Hosts has the same between hosts.
@Suite("Exchange between hosts", .tags(.mpi, .slow), .serialized)
struct HostExchangeTests {
  private let runs: DigitsRuns

  init() throws {
    runs = try DigitsRuns()
  }

  /// So many weights that there are several buckets, each with pieces that are worth a message.
  private static let settings = [
    "model.d_model=128", "model.d_ffn=512", "model.num_layers=3", "train.steps=12",
    "train.bucket_mb=0.1",
  ].flatMap { ["--set", $0] }

  private static func perHost(_ ranks: Int) -> [String: String] {
    ["GMLP_TRAIN_RANKS_PER_HOST": "\(ranks)"]
  }

  private func finished(
    _ directory: String, ranks: Int? = nil, perHost: Int = 1, _ more: [String] = []
  ) async throws -> FinishedRun {
    let run = try await runs.train(
      directory, ranks: ranks, Self.settings + more, environment: Self.perHost(perHost))
    #expect(run.exitCode == 0, "\(run.standardError)")
    return try runs.finished(directory, step: 12)
  }

  @Test(
    "Hosts of any number of ranks end with the bits of one process", arguments: ["fp32", "bf16"])
  func exact(precision: String) async throws {
    let wanted = ["--set", "train.precision=\(precision)"]
    let reference = try await finished("reference", wanted)
    // Six hosts have more rounds than are under way at once.
    for (ranks, perHost, threads) in [(4, 2, 1), (3, 2, 2), (8, 4, 1), (12, 2, 1), (5, 4, 1)] {
      let other = try await finished(
        "\(ranks)-\(perHost)", ranks: ranks, perHost: perHost,
        wanted + ["--set", "train.threads=\(threads)"])
      #expect(other == reference, "\(ranks) ranks, \(perHost) a host, \(threads) threads")
    }
  }

  @Test("Ranks and hosts without micro-batches receive weights for the others")
  func idle() async throws {
    // Two micro-batches: most ranks have none, and of three hosts the first one.
    let large = ["--set", "train.micro_batch_size=52"]
    let reference = try await finished("reference", large)
    for (ranks, perHost) in [(4, 2), (6, 2), (5, 3)] {
      let other = try await finished("\(ranks)-\(perHost)", ranks: ranks, perHost: perHost, large)
      #expect(other == reference, "\(ranks) ranks, \(perHost) a host")
    }
  }

  @Test("An optimizer that needs norms of whole tensors has the same bits")
  func norms() async throws {
    let lamb = ["--set", "optimizer.kind=lamb"]
    let reference = try await finished("reference", lamb)
    #expect(try await finished("hosts", ranks: 4, perHost: 2, lamb) == reference)
  }

  @Test("Stopped and killed, a run goes on with other hosts and ends with the same bits")
  func stopsAndKills() async throws {
    let reference = try await finished("reference")
    let disturbances = [(4, 2, SIGUSR2), (6, 3, SIGKILL), (3, 2, SIGUSR2), (4, 2, SIGKILL)]
    for (number, (ranks, perHost, signal)) in disturbances.enumerated() {
      let run = try runs.startStopping(
        inStep: 3 + 2 * number, rank: number % ranks, "disturbed", ranks: ranks, Self.settings,
        environment: Self.perHost(perHost))
      let stopped = try await run.stoppedProcess()
      kill(stopped, signal)
      run.resume(stopped)
      let ended = try await run.finish()
      let wanted = signal == SIGKILL ? 128 + SIGKILL : 75
      #expect(ended.exitCode == wanted, "signal \(signal): \(ended.standardError)")
    }
    #expect(try await finished("disturbed", ranks: 4, perHost: 2) == reference)
  }

  @Test("Weights that change in the memory of a host are taken from another one")
  func repaired() async throws {
    let reference = try await finished("reference")
    var variables = Self.perHost(2)
    variables["GMLP_TRAIN_FAULT"] = "3:forward:9:flip:7"
    let run = try await runs.train("damaged", ranks: 4, Self.settings, environment: variables)
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(run.standardError.contains("step 9: weights have changed in the memory of rank 2 on "))
    #expect(try runs.finished("damaged", step: 12).files == reference.files)
  }
}
