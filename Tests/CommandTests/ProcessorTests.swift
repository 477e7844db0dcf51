import Foundation
import RunSupport
import Testing

@Suite("A processor that the build was not made for", .timeLimit(.minutes(60)))
struct ProcessorTests {
  @Test(
    "It is reported in one line per host, and no unknown instruction is executed",
    .enabled(if: emulator != nil, "needs qemu-x86_64; install qemu-user"), arguments: [nil, 2])
  func refused(ranks: Int?) async throws {
    let emulator = try #require(Self.emulator)
    // A processor of 2008, without AVX.
    let run = try await MPIRun(
      executable: emulator,
      arguments: ["-cpu", "Nehalem", try Programs.product("gmlp-train").path, "train"],
      ranks: ranks, environment: ["OMPI_MCA_orte_execute_quiet": "1"])
    let lines = run.standardError.split(separator: "\n").filter { !$0.contains("TCG doesn't") }
    #expect(run.exitCode == 64 && lines.count == 1, "\(run)")
    let line = try #require(lines.first)
    #expect(line.hasPrefix("gmlp-train: this build (") && line.contains(" avx2,"), "\(line)")
    #expect(line.contains("GMLP_TRAIN_MARCH"), "\(line)")
    #expect(run.standardOutput == "")
  }

  /// Where qemu's emulator of one process is, if it is installed.
  private static let emulator = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/qemu-x86_64" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
}
