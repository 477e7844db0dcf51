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

  /// Whether there is an interface besides the loopback; Slurm's daemons listen nowhere without one.
  static let hasNetwork = ["/proc/net/route", "/proc/net/if_inet6"].contains { file in
    let lines = FileManager.default.contents(atPath: file)
      .map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
    return (lines ?? []).contains { !$0.hasPrefix("Iface") && !$0.hasSuffix(" lo") }
  }

  @Test(
    "Jobs end with the same weights after preemption, a stop and a killed rank",
    .enabled(if: canStart, "needs root and Debian's packages slurm-wlm and munge"),
    .enabled(if: hasNetwork, "needs a network interface besides the loopback"))
  func jobs() async throws {
    let script = PackageFolder.url.appending(path: "Tests/Slurm/test.sh").path
    let program = try Programs.product("gmlp-train").path
    let run = try await MPIRun(
      executable: script, arguments: ["--short"], ranks: nil,
      environment: ["GMLP_TRAIN_EXECUTABLE": program], deadlineSeconds: 3_000)
    #expect(run.exitCode == 0, "\(run.standardOutput)\(run.standardError)")
  }
}
