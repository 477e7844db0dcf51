import Foundation

/// What a launcher's variables tell before MPI is started.
package enum Launcher {
  /// The number of this rank; 0 for a single process.
  package static var rank: Int {
    number(LaunchEnvironment.rankVariables)
  }

  /// The number of ranks; 1 for a single process.
  package static var size: Int {
    max(number(LaunchEnvironment.countVariables), 1)
  }

  /// Whether no rank of a lower number runs on this host; true for a single process.
  package static var isFirstOnHost: Bool {
    number(["OMPI_COMM_WORLD_LOCAL_RANK", "SLURM_LOCALID"]) == 0
  }

  /// The first of the variables that has a number, or 0.
  private static func number(_ variables: [String]) -> Int {
    let environment = ProcessInfo.processInfo.environment
    return variables.lazy.compactMap { environment[$0] }.compactMap { Int($0) }.first ?? 0
  }
}
