import Platform

/// A program started in a way that cannot work.
public struct LaunchError: Error, CustomStringConvertible, Sendable, Equatable {
  /// One line: what was found and how to start instead.
  public let description: String
  /// The right exit code: 64 (usage), or 74 where files cannot be written.
  public let exitCode: Int32

  private init(description: String, exitCode: ExitCode = .usage) {
    self.description = description
    self.exitCode = exitCode.rawValue
  }

  /// Files may not have the length of the shared memory that starts a run.
  static func shortFiles(limit: Int, needed: Int) -> LaunchError {
    LaunchError(
      description: """
        files may not exceed \(limit) bytes (ulimit -f), and what processes share is kept in one of \
        \(needed); raise the limit
        """, exitCode: .inputOutput)
  }

  /// Each of `tasks` processes would be a world of its own, all of them in one run directory.
  ///
  /// `counter` is the variable that tells their number: it says whose launcher started them.
  static func separateWorlds(tasks: Int, counter: String) -> LaunchError {
    let (launcher, remedy) =
      switch counter {
      case "PMI_SIZE", "MV2_COMM_WORLD_SIZE":
        (
          "the launcher of another MPI, such as MPICH's or Intel's mpiexec, or of srun --mpi=pmi2",
          "the program is built with Open MPI: start it with Open MPI's mpirun (mpirun --version "
            + "names it), or under Slurm with 'srun --mpi=pmix'"
        )
      case "OMPI_COMM_WORLD_SIZE":
        (
          "an Open MPI that does not fit the library of this program",
          "start it with the mpirun of the Open MPI that the program is linked to (ldd names it)"
        )
      default: ("srun", "start with 'srun --mpi=pmix' or with mpirun instead of plain srun")
      }
    return LaunchError(
      description: """
        started as one of \(tasks) tasks by \(launcher), but this process sees a world of one rank: \
        \(remedy) (for a run of one process, unset \(counter))
        """)
  }

  /// A number that is none.
  static func badVariable(_ name: String, _ value: String) -> LaunchError {
    LaunchError(
      description: "the environment variable \(name) is '\(value)', not a number of 1 or more")
  }
}
