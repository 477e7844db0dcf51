import Glibc

/// How this process was started, read from the variables that launchers leave.
public struct LaunchEnvironment: Sendable, Equatable {
  /// Whether the process is alone or one rank of an MPI world.
  public enum Mode: Sendable {
    /// No launcher: MPI is not initialised, every collective is local.
    case single
    /// Started by mpirun, or by srun with PMIx: MPI says who the others are.
    case mpi
  }

  /// Whether MPI is to be used.
  public let mode: Mode
  /// The number of processes that were started together, as far as variables tell.
  public let launchedTasks: Int
  /// The variable that tells ``launchedTasks``; empty for one process.
  let counter: String
  /// The number of this process among them, as far as variables tell; 0 for one alone.
  public let launchedRank: Int
  /// The number of ranks on this host, or nil if the launcher does not tell.
  public let tasksOnHost: Int?
  /// The seconds for which MPI may join the ranks, or nil if nobody says.
  public let startTimeout: Int?
  /// The user's own `OMPI_MCA_mpi_yield_when_idle`, or nil.
  let yieldWhenIdle: String?

  /// Variables that only a launcher sets: each means that `MPI_Init` finds a world to join.
  static let launcherVariables = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"]
  /// Variables that count the processes started together.
  ///
  /// `SLURM_NTASKS` is not among them: a
  /// batch script has it too, and what it starts directly is one process.
  public static let countVariables = [
    "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS",
  ]
  /// Variables that number the processes started together, from 0.
  public static let rankVariables = [
    "OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "MV2_COMM_WORLD_RANK", "SLURM_PROCID",
  ]
  /// The variable that gives ``startTimeout``.
  public static let startTimeoutVariable = "GMLP_TRAIN_START_TIMEOUT"
  static let yieldVariable = "OMPI_MCA_mpi_yield_when_idle"

  /// Reads the launchers' variables.
  ///
  /// - Parameter variable: gives the value of a variable, or nil; the process's own by default.
  /// - Throws: ``LaunchError`` where the process is one of several tasks of a Slurm step, but
  ///   none of them can find the others, and for a number that is none.
  public init(
    lookingUp variable: (String) -> String? = LaunchEnvironment.processVariable
  ) throws(LaunchError) {
    let hasLauncher = Self.launcherVariables.contains { variable($0) != nil }
    var (tasks, counter) = (1, "")
    for name in Self.countVariables {
      if let count = try Self.count(name, variable), count > tasks {
        (tasks, counter) = (count, name)
      }
    }
    self.counter = counter
    if !hasLauncher && tasks > 1 { throw .separateWorlds(tasks: tasks, counter: counter) }
    mode = hasLauncher ? .mpi : .single
    launchedTasks = tasks
    launchedRank = Self.rankVariables.compactMap { Int(variable($0) ?? "") }.first ?? 0
    tasksOnHost = hasLauncher ? try Self.count("OMPI_COMM_WORLD_LOCAL_SIZE", variable) : 1
    startTimeout = try Self.count(Self.startTimeoutVariable, variable)
    yieldWhenIdle = variable(Self.yieldVariable)
  }

  /// The value of a variable of this process.
  public static func processVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// Whether a thread that waits inside MPI can spin without taking a core from the others.
  ///
  /// - Parameters:
  ///   - processors: those on which this process may run.
  ///   - computeThreads: threads of one rank that compute while the communication thread waits.
  /// - Returns: false too where the number of ranks on this host is unknown.
  public func hasCoreForCommunication(processors: ProcessorSet, computeThreads: Int) -> Bool {
    precondition(computeThreads >= 0, "\(computeThreads) compute threads")
    // Ranks may share one mask (bound to nothing or to a socket), so each needs its share of it.
    guard let tasksOnHost else { return false }
    return processors.count >= tasksOnHost * (computeThreads + 1)
  }

  /// Throws where the limit on the size of files is too low for what Open MPI or this program shares: with
  /// such a limit `MPI_Init` waits for ever.
  func requireSharedFiles() throws {
    guard let limit = try ResourceLimit.fileSize.current() else { return }
    let needed = mode == .mpi ? Self.segmentBytes : Self.pageBytes
    guard limit < needed else { return }
    throw LaunchError.shortFiles(limit: limit, needed: needed)
  }

  /// The file that each rank of Open MPI 4.1 shares (`btl_vader_segment_size`), in bytes.
  public static let segmentBytes = 4_194_304
  private static let pageBytes = 4_096

  private static func count(
    _ name: String, _ variable: (String) -> String?
  ) throws(LaunchError) -> Int? {
    guard let value = variable(name) else { return nil }
    guard let count = Int(value), count >= 1 else { throw .badVariable(name, value) }
    return count
  }
}
