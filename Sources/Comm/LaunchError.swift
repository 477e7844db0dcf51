/// A program started in a way that cannot work.
///
/// The right exit code is 64 (usage).
public struct LaunchError: Error, CustomStringConvertible, Sendable, Equatable {
  /// One line: what was found and how to start instead.
  public let description: String

  /// Each of `tasks` processes would be a world of its own, all of them in one run directory.
  static func separateWorlds(tasks: Int) -> LaunchError {
    LaunchError(
      description: """
        started as one of \(tasks) tasks, but this process sees a world of one rank: start with \
        'srun --mpi=pmix' or with mpirun instead of plain srun (for a run of one process inside \
        the step, unset SLURM_STEP_NUM_TASKS)
        """)
  }

  /// A number that is none.
  static func badVariable(_ name: String, _ value: String) -> LaunchError {
    LaunchError(
      description: "the environment variable \(name) is '\(value)', not a number of 1 or more")
  }
}
