import Foundation

/// Runs the built program as a child.
///
/// - Parameters:
///   - arguments: those of the program.
///   - ranks: nil runs it alone, without mpirun.
///   - directory: the folder to start in.
/// - Returns: the run at its end.
/// - Throws: ``MPIRunError`` if it could not be started or did not end.
package func command(
  _ arguments: String..., ranks: Int? = nil, in directory: String? = nil
) async throws -> MPIRun {
  try await MPIRun(
    executable: "gmlp-train", arguments: arguments, ranks: ranks,
    // mpirun's own lines would hide whether the program says more than one.
    environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: directory)
}

/// Trains to the end, or to another expected exit code.
///
/// - Parameters:
///   - configuration: the file.
///   - run: the folder of the run.
///   - ranks: nil runs the program alone, without mpirun.
///   - arguments: more of the program's.
///   - exitCode: the expected one.
///   - directory: the folder to start in.
/// - Returns: the line with the digest of the weights at the end.
/// - Throws: ``MPIRunError`` if it could not be started or did not end like that, or printed no digest.
package func trainedDigest(
  _ configuration: String, run: String, ranks: Int?, _ arguments: [String] = [],
  exitCode: Int32 = 0, in directory: String
) async throws -> String {
  let run = try await MPIRun(
    executable: "gmlp-train",
    arguments: ["--config", configuration, "--run-dir", run, "--progress", "plain"] + arguments,
    ranks: ranks, environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: directory)
  guard run.exitCode == exitCode else {
    throw MPIRunError(description: "not exit code \(exitCode): \(run)")
  }
  return try run.digest
}

/// Runs the program from a line of bash, which redirects or limits it.
///
/// - Parameters:
///   - line: `"$@"` stands for the program with its arguments.
///   - arguments: those of the program.
///   - environment: variables beside those of the tests.
///   - directory: the folder to start in.
/// - Returns: the run at its end, with the exit code of the line.
/// - Throws: ``MPIRunError`` if it could not be started or did not end.
package func shell(
  _ line: String, _ arguments: [String], environment: [String: String] = [:], in directory: String
) async throws -> MPIRun {
  let program = try Programs.product("gmlp-train").path
  return try await MPIRun(
    executable: "/bin/bash", arguments: ["-c", line, "bash", program] + arguments, ranks: nil,
    environment: environment.merging(["OMPI_MCA_orte_execute_quiet": "1"]) { $1 },
    directory: directory)
}
