import Foundation
import RunSupport
import Testing

/// The scripts that compare plans with other simulators and with real steps.
@Suite("Scripts about plans", .timeLimit(.minutes(60)))
struct ScalingScriptTests {
  private static let hasSimGrid = FileManager.default.fileExists(
    atPath: "/usr/include/simgrid/s4u.hpp")

  private func run(_ script: String, _ arguments: [String]) async throws -> MPIRun {
    let program = try Programs.product("gmlp-train").deletingLastPathComponent().path
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try await MPIRun(
      executable: PackageFolder.url.appending(path: script).path, arguments: arguments, ranks: nil,
      environment: ["PATH": "\(program):\(path)"])
  }

  @Test(
    "They say what they do, and refuse what is no option",
    arguments: ["Benchmarks/scaling.sh", "Tests/Scaling/simgrid/replay.sh"])
  func usage(script: String) async throws {
    let help = try await run(script, ["--help"])
    #expect(help.exitCode == 0 && help.standardOutput.contains(script), "\(help)")
    let wrong = try await run(script, ["--host", "2"])
    #expect(wrong.exitCode == 64 && wrong.standardError.contains("'--host'"), "\(wrong)")
    let empty = try await run(script, ["--hosts"])
    #expect(empty.exitCode == 64 && empty.standardError.contains("needs a value"), "\(empty)")
  }

  @Test(
    "SimGrid's time of a step is near the planner's",
    .enabled(if: hasSimGrid, "needs Debian's package libsimgrid-dev"))
  func simGrid() async throws {
    let run = try await run(
      "Tests/Scaling/simgrid/replay.sh", ["--hosts", "8", "--ranks", "2", "--link", "10gbit"])
    #expect(run.exitCode == 0, "\(run)")
    let row = try #require(run.standardOutput.split(separator: "\n").last)
    let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    let ratio = try #require(cells.last.flatMap { Double($0) })
    #expect(abs(ratio - 1) <= 0.25, "\(row)")
  }
}
