import Comm
import Foundation
import Hardware
import Kernels
import Train

/// What a rank knows of itself and its host without measuring: a few milliseconds.
struct RankFacts: Sendable, Codable, Equatable {
  /// The name of the host.
  var host: String
  /// Distinguishes two hosts of the same name.
  var bootIdentity: String
  /// The number of the process.
  var process: Int
  /// Workers that the rank is to have.
  var threads: Int
  /// The processors on which it may run.
  var processors: [Int]
  /// Those that it could be given on its host.
  var available: [Int]
  /// The threads that BLAS takes for one product.
  var blasThreads: Int
  /// Whether a launcher started it.
  var hasLauncher: Bool
  /// Whether it runs as root.
  var isRoot: Bool
  /// The variables of ``variables`` that are set.
  var environment: [String: String]
  /// Where Open MPI keeps what ranks of a host share.
  var sharedMemory: Space
  /// Where Open MPI keeps what belongs to a job.
  var session: Space
  /// Memory that it may have.
  var memory: HostMemory
  /// What the processor is called, and how it is run.
  var processor: ProcessorFacts
  /// What multiplies matrices.
  var kernels: KernelFacts

  /// A file system, or why nothing is known of it.
  enum Space: Sendable, Codable, Equatable {
    case known(FileSystem)
    case unknown(String)

    /// Asks the system.
    init(at path: String) {
      do {
        self = .known(try FileSystem(at: path))
      } catch {
        self = .unknown("\(error)")
      }
    }
  }

  /// Variables that change how a run goes.
  static let variables = [
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_PROC_BIND", "OMP_PLACES",
    "GOMP_CPU_AFFINITY", "OMPI_ALLOW_RUN_AS_ROOT",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_mpi_yield_when_idle", "OMPI_MCA_btl",
    "OMPI_MCA_btl_tcp_if_include", "OMPI_MCA_btl_tcp_if_exclude",
    "OMPI_MCA_btl_vader_segment_size", "OMPI_MCA_btl_vader_backing_directory",
    "OMPI_MCA_btl_vader_single_copy_mechanism", "OMPI_MCA_orte_tmpdir_base", "TMPDIR",
  ]
}

extension RankFacts {
  /// The facts of this rank.
  ///
  /// - Parameters:
  ///   - threads: workers that it is to have.
  ///   - products: what they multiply with.
  ///   - communication: the ranks.
  /// - Throws: `CommandError` if the system lacks information that it always has.
  init(
    threads: Int, _ products: ProductLibrary, _ communication: CommunicationThread
  ) throws {
    let environment = Dictionary(
      uniqueKeysWithValues: Self.variables.compactMap { name in
        LaunchEnvironment.processVariable(name).map { (name, $0) }
      })
    host = communication.host
    bootIdentity = try SystemFile("/proc/sys/kernel/random/boot_id").text ?? ""
    process = Int(getpid())
    self.threads = threads
    processors = communication.processors.processors
    available = try ProcessorSet.available()?.processors ?? communication.processors.processors
    blasThreads = BLAS.threads
    hasLauncher = CommunicationThread.isMPIInitialized
    isRoot = geteuid() == 0
    self.environment = environment
    sharedMemory = Space(at: environment["OMPI_MCA_btl_vader_backing_directory"] ?? "/dev/shm")
    session = Space(
      at: environment["OMPI_MCA_orte_tmpdir_base"] ?? environment["TMPDIR"] ?? "/tmp")
    memory = try HostMemory(workers: products.usesOpenBLAS ? threads : 0)
    processor = try ProcessorFacts()
    kernels = KernelFacts()
  }

  /// The processors for people, as in `0-3,8`.
  var processorsDescription: String { ProcessorSet(processors).description }
}

extension CommunicationThread {
  /// The facts of every rank, in the order of ranks, on every rank; collective.
  package func tell<Value: Codable & Sendable>(_ value: Value) throws -> [Value] {
    let bytes = [UInt8](try JSONEncoder().encode(value))
    return try perform { try $0.allGather(bytes) }
      .map { try JSONDecoder().decode(Value.self, from: Data($0)) }
  }
}
