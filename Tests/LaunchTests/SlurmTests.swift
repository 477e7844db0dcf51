import Foundation
import RunSupport
import Testing

@Suite("Slurm", .timeLimit(.minutes(60)))
struct SlurmTests {
  private static let tools = ["munged", "slurmctld", "slurmd", "sbatch", "runuser"]
  private static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/usr/local/sbin"]

  /// Whether a Slurm can be started here.
  static let canStart =
    geteuid() == 0
    && tools.allSatisfy { tool in
      folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
    }

  @Test(
    "Jobs end with the same weights after preemption, a stop and a killed rank",
    .enabled(if: canStart, "needs root and Debian's packages slurm-wlm and munge"))
  func jobs() async throws {
    let script = PackageFolder.url.appending(path: "Tests/Slurm/test.sh").path
    let program = try Programs.product("gmlp-train").path
    let run = try await MPIRun(
      executable: script, arguments: ["--short"], ranks: nil,
      environment: ["GMLP_TRAIN_EXECUTABLE": program], deadlineSeconds: 3_000)
    #expect(run.exitCode == 0, "\(run.standardOutput)\(run.standardError)")
  }
}
