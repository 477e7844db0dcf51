import RunSupport
import Testing

/// Runs `checks` of MPIChecks on `ranks` ranks, nil for none of MPI's, and expects them to pass.
func expectPassed(
  _ checks: [String], ranks: Int?, options: [String] = [], environment: [String: String] = [:]
) async throws {
  let run = try await MPIRun(
    executable: "MPIChecks", arguments: options + checks, ranks: ranks, environment: environment)
  #expect(run.exitCode == 0, "\(run.standardError)")
  for check in checks {
    #expect(run.standardOutput.contains("passed \(check) on \(ranks ?? 1)\n"))
  }
}
