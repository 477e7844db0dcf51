import Foundation
import TestSupport

/// Runs the program from a line of bash, which redirects it or limits it.
///
/// - Parameters:
///   - line: `"$@"` stands for the program with its arguments.
///   - arguments: those of the program.
///   - environment: variables beside those of the tests.
///   - directory: the folder to start in.
/// - Returns: the run at its end, with the exit code of the line.
/// - Throws: `MPIRunError` where it could not be started or did not end.
func shell(
  _ line: String, _ arguments: [String], environment: [String: String] = [:], in directory: String
) async throws -> MPIRun {
  let program = try Programs.product("gmlp-train").path
  return try await MPIRun(
    executable: "/bin/bash", arguments: ["-c", line, "bash", program] + arguments, ranks: nil,
    environment: environment.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { $1 },
    directory: directory)
}
