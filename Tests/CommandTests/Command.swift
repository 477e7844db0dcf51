import Foundation
import TestSupport
import Testing

/// Runs the built program as a child.
///
/// - Parameters:
///   - arguments: those of the program.
///   - ranks: nil runs it alone, without mpirun.
///   - directory: the folder to start in.
/// - Returns: the run at its end.
/// - Throws: `MPIRunError` where it could not be started or did not end.
func command(
  _ arguments: String..., ranks: Int? = nil, in directory: String? = nil
) async throws -> MPIRun {
  try await MPIRun(
    executable: "gmlp-train", arguments: arguments, ranks: ranks,
    // mpirun's own lines would hide whether the program says more than one.
    environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: directory)
}

extension MPIRun {
  /// Standard output, which must be exactly one JSON object and nothing else.
  func object() throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(standardOutput.utf8))
    return try #require(value as? [String: Any], "\(standardOutput)")
  }

  /// The lines on standard error but for warnings about the settings, which short runs deserve.
  var complaints: [Substring] {
    standardError.split(separator: "\n")
      .filter { !$0.hasPrefix("gmlp-train: warning: settings: ") }
  }

  /// Whether the program ended with `code` and said one line about it that contains `words`.
  func failed(_ code: Int32, _ words: String...) -> Bool {
    let lines = complaints
    return exitCode == code && lines.count == 1 && lines[0].hasPrefix("gmlp-train: ")
      && words.allSatisfy(lines[0].contains)
  }
}
