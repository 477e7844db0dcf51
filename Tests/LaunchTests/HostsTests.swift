import Foundation
import RunSupport
import Testing

@Suite("Several hosts", .timeLimit(.minutes(60)))
struct HostsTests {
  private static let tools = ["ip", "tc", "unshare", "mpirun"]
  private static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin"]

  /// Whether network namespaces can stand for hosts here.
  static let canStart =
    geteuid() == 0
    && tools.allSatisfy { tool in
      folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
    }

  @Test(
    "Hosts end with the weights of one process, also after one of them is lost",
    .enabled(if: canStart, "needs root and Debian's package iproute2"))
  func hosts() async throws {
    let script = PackageFolder.url.appending(path: "Tests/Hosts/test.sh").path
    let program = try Programs.product("gmlp-train").path
    let run = try await MPIRun(
      executable: script, arguments: ["--short"], ranks: nil,
      environment: ["GMLP_TRAIN_EXECUTABLE": program], deadlineSeconds: 3_000)
    #expect(run.exitCode == 0, "\(run.standardOutput)\(run.standardError)")
  }
}
