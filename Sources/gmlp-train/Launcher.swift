import Foundation

/// What a launcher's variables tell before MPI is started.
enum Launcher {
  /// The number of this rank; 0 for a single process.
  static var rank: Int {
    let environment = ProcessInfo.processInfo.environment
    let names = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]
    let values = names.compactMap { environment[$0] }
    return values.lazy.compactMap { Int($0) }.first ?? 0
  }
}
