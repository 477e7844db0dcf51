import CMPI
import Foundation
import Glibc
import Platform

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
  /// The number of processes that were started together, according to the variables.
  public let launchedTasks: Int
  /// The variable that gives ``launchedTasks``; empty for one process.
  let counter: String
  /// The number of this process among them, according to the variables; 0 for a single one.
  public let launchedRank: Int
  /// The number of ranks on this host, or nil if the launcher does not say.
  public let tasksOnHost: Int?
  /// The seconds that MPI may take to join the ranks; nil if not given.
  public let startTimeout: Int?
  /// The most ranks that count as on one host, for tests on one machine; nil for all that are.
  let ranksPerHost: Int?
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
  /// Variables that count those on this host: of Open MPI, and of MPICH.
  static let hostCountVariables = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"]
  /// The variable that gives ``startTimeout``.
  public static let startTimeoutVariable = "GMLP_TRAIN_START_TIMEOUT"
  /// The variable that gives ``ranksPerHost``, the same for all ranks.
  static let ranksPerHostVariable = "GMLP_TRAIN_RANKS_PER_HOST"
  static let yieldVariable = "OMPI_MCA_mpi_yield_when_idle"

  /// Reads the launchers' variables.
  ///
  /// - Parameter variable: gives the value of a variable, or nil; the process's own by default.
  /// - Throws: ``LaunchError`` if the process is one of several tasks of a Slurm step, but
  ///   none of them can find the others, and if a variable is not a number.
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
    let counterOfHost = Self.hostCountVariables.first { variable($0) != nil } ?? ""
    tasksOnHost = hasLauncher ? try Self.count(counterOfHost, variable) : 1
    startTimeout = try Self.count(Self.startTimeoutVariable, variable)
    ranksPerHost = try Self.count(Self.ranksPerHostVariable, variable)
    yieldWhenIdle = variable(Self.yieldVariable)
  }

  /// The hosts that count: those that were found, or smaller ones for a test on one machine.
  func hosts(_ found: HostRanks) -> HostRanks {
    ranksPerHost.map { found.divided(atMost: $0) } ?? found
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
  /// - Returns: also false if the number of ranks on this host is unknown.
  public func hasCoreForCommunication(processors: ProcessorSet, computeThreads: Int) -> Bool {
    precondition(computeThreads >= 0, "\(computeThreads) compute threads")
    // Ranks may share one mask (bound to nothing or to a socket), so each needs its share of it.
    guard let tasksOnHost else { return false }
    return processors.count >= tasksOnHost * (computeThreads + 1)
  }

  /// Throws if the file size limit is too low for what Open MPI or this program shares: with
  /// such a limit `MPI_Init` waits forever.
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

/// What a launcher's variables say before MPI starts.
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
    number(["OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"]) == 0
  }

  /// The first of the variables that has a number, or 0.
  private static func number(_ variables: [String]) -> Int {
    let environment = ProcessInfo.processInfo.environment
    return variables.lazy.compactMap { environment[$0] }.compactMap { Int($0) }.first ?? 0
  }
}

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
        files are limited to \(limit) bytes (ulimit -f), and the ranks share a file of \
        \(needed) bytes; raise the limit
        """, exitCode: .inputOutput)
  }

  /// Each of `tasks` processes would be a world of its own, all of them in one run directory.
  ///
  /// `counter` is the variable that has their number: it shows which launcher started them.
  package static func separateWorlds(
    tasks: Int, counter: String, isOpenMPI: Bool = cmpi_is_open_mpi() != 0
  ) -> LaunchError {
    let (launcher, remedy) = isOpenMPI ? adviceForOpenMPI(counter) : adviceForMPICH(counter)
    return LaunchError(
      description: """
        started as one of \(tasks) tasks by \(launcher), but this process sees a world of one rank: \
        \(remedy) (for a run of one process, unset \(counter))
        """)
  }

  /// Who started the tasks, and how to start them instead, if the program is built with Open MPI.
  private static func adviceForOpenMPI(_ counter: String) -> (launcher: String, remedy: String) {
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
  }

  /// The same if it is built with MPICH, or with a library that comes from it.
  private static func adviceForMPICH(_ counter: String) -> (launcher: String, remedy: String) {
    switch counter {
    case "OMPI_COMM_WORLD_SIZE":
      (
        "Open MPI's launcher",
        "the program is built with MPICH: start it with MPICH's mpiexec (mpiexec.mpich on Debian)"
      )
    case "PMI_SIZE", "MV2_COMM_WORLD_SIZE":
      (
        "a launcher that does not fit the library of this program",
        "start it with the mpiexec of the MPI that the program is linked to (ldd names it)"
      )
    default: ("srun", "start with 'srun --mpi=pmi2' or with mpiexec instead of plain srun")
    }
  }

  /// A variable that is not a number.
  static func badVariable(_ name: String, _ value: String) -> LaunchError {
    LaunchError(
      description: "the environment variable \(name) is '\(value)', not a number of 1 or more")
  }
}
