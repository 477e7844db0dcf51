import Comm
import Kernels
import Model
import Testing

@testable import Configuration
@testable import Doctor
@testable import Platform
@testable import Hardware
@testable import Train

/// Clusters that no test has, as their ranks would tell of them.
@Suite("The doctor's checks on invented clusters")
struct DoctorCheckTests {
  @Test("Ranks bound to the same processors are counted together")
  func binding() throws {
    let shared = Self.ranks([("a", [0]), ("a", [0]), ("b", [2, 3]), ("b", [4, 5])])
    let findings = BindingCheck().findings(Examination(ranks: shared, needs: nil, storage: nil))
    try #require(findings.map(\.verdict) == [.fail, .ok, .ok])
    #expect(findings[0].finding == "2 ranks with 2 compute threads on processor 0 of 8")
    #expect(findings[0].place == "ranks 0, 1 on a")
    #expect(
      findings[0].cure == "mpirun --bind-to none, or --map-by slot:PE=2 --bind-to core")
  }

  @Test("Two machines with the same name are both reported")
  func names() throws {
    var ranks = Self.ranks([("node", [0]), ("node", [1])])
    ranks[1].bootIdentity = "another"
    var examination = Examination(ranks: ranks, needs: nil, storage: nil)
    examination.starts = [.success([.program]), .success([.program])]
    let findings = EqualityCheck().findings(examination)
    #expect(findings.last?.finding == "2 machines are called node")
    #expect(findings.last?.verdict == .fail)
  }

  @Test("A different build of a library with equal kernel names is found and named in full")
  func libraries() throws {
    let version = "OpenBLAS 0.3.21 NO_AFFINITY MAX_THREADS=64"
    var configuration = TrainingConfiguration()
    configuration.train.products = .openblas
    let facts = StartInvariant.machine(of: configuration)
    for (index, fact) in facts.enumerated() {
      var examination = Examination(
        ranks: Self.ranks([("a", [0]), ("b", [0])]), needs: nil, storage: nil)
      var other = facts
      other[index] = StartInvariant(fact.name, "\(version) patched", advice: fact.advice)
      examination.starts = [.success(facts), .success(other)]
      let findings = EqualityCheck().findings(examination).filter { $0.verdict == .fail }
      #expect(findings.map(\.place) == ["rank 1 on b"])
      #expect(findings[0].finding.hasPrefix("the \(fact.name) is \(version) patched, on rank 0 "))
    }
    let names = facts.map(\.name)
    #expect(names.contains("BLAS library") && names.contains("C library"))
    #expect(StartInvariant.library.value.contains("OpenBLAS"))
    #expect(StartInvariant.libc.value.hasPrefix("glibc 2."))
    #expect(facts.allSatisfy { $0.advice.contains("train.products=portable") })
    // With portable products nothing of it decides the bits.
    configuration.train.products = .portable
    let portable = StartInvariant.machine(of: configuration)
    #expect(portable.map(\.name) == ["program"] && portable[0].value == Version.current)
  }

  @Test("A network that is too slow for the model is reported before the run, with what would help")
  func link() throws {
    var configuration = TrainingConfiguration()
    configuration.train.globalBatchSize = 16
    let model = try Model(configuration.model, precision: .fp32)
    let needs = RunNeeds(
      configuration, model, ranks: 2, sharesMemory: false, dataBytes: 0, steps: nil)
    var examination = Examination(
      ranks: Self.ranks([("a", [0]), ("b", [0])]), needs: needs, storage: nil)
    var own = RankMeasurement()
    (own.gigaflops, own.latencySeconds, own.linkBytesPerSecond) = (50, 1e-4, 10e9)
    examination.measurements = [own, own]
    #expect(LinkCheck().findings(examination).map(\.verdict) == [.ok])
    // As slow as 100 Mbit/s.
    examination.measurements[1].linkBytesPerSecond = 12e6
    let slow = LinkCheck().findings(examination)
    #expect(slow.map(\.verdict) == [.warn])
    #expect(slow.first?.finding.contains("cannot carry this model") == true)
    #expect(slow.first?.cure?.contains("train.wire_precision=bf16") == true)
  }

  @Test("Frozen tensors are not exchanged, and less is computed and written")
  func frozen() throws {
    var configuration = TrainingConfiguration()
    configuration.optimizer.frozen = ["stem.*", "blocks.*", "norm.*"].map { NamePattern($0) }
    func needs(_ model: Model) -> RunNeeds {
      RunNeeds(configuration, model, ranks: 2, sharesMemory: false, dataBytes: 0, steps: nil)
    }
    let (whole, probe) = (
      needs(try Model(configuration.model)), needs(try configuration.makeModel())
    )
    let head = configuration.model.numClasses * (configuration.model.dModel + 1)
    #expect(probe.exchangedBytes == 8 * head && whole.exchangedBytes > 20 * probe.exchangedBytes)
    #expect(probe.stepMultiplyAdds < 0.34 * whole.stepMultiplyAdds)
    #expect(probe.checkpointBytes < whole.checkpointBytes / 2)
  }

  @Test("Interfaces that lead nowhere are named, with the network that connects the hosts")
  func interfaces() throws {
    var examination = Examination(
      ranks: Self.ranks([("a", [0]), ("b", [0])]), needs: nil, storage: nil)
    let joining = NetworkInterface(name: "eth0", network: "10.0.0.0/24", isLoopback: false)
    let docker = NetworkInterface(name: "docker0", network: "172.17.0.0/16", isLoopback: false)
    let loopback = NetworkInterface(name: "lo", network: "127.0.0.0/8", isLoopback: true)
    examination.measurements = [RankMeasurement(), RankMeasurement()]
    examination.measurements[0].interfaces = [loopback, joining, docker]
    examination.measurements[1].interfaces = [loopback, joining]
    let warnings = NetworkCheck().findings(examination).filter { $0.verdict == .warn }
    #expect(warnings.map(\.place) == ["rank 0 on a"])
    #expect(
      warnings.first?.cure
        == "mpirun --mca btl_tcp_if_include 10.0.0.0/24 --mca oob_tcp_if_include 10.0.0.0/24")
  }

  @Test("A slow rank is named with both numbers")
  func speed() throws {
    var examination = Examination(
      ranks: Self.ranks([("a", [0]), ("a", [1]), ("b", [0])]), needs: nil, storage: nil)
    examination.measurements = [40, 39, 30].map {
      var own = RankMeasurement()
      own.gigaflops = $0
      return own
    }
    let findings = SpeedCheck().findings(examination)
    try #require(findings.map(\.place) == ["rank 2 on b"])
    #expect(findings[0].finding.hasPrefix("30.0 GFLOP/s, the median rank has 39.0 GFLOP/s"))
  }

  @Test("Limits of the container, of Slurm and of processor time are found")
  func limits() throws {
    let configuration = TrainingConfiguration()
    let model = try Model(configuration.model, precision: .fp32)
    let needs = RunNeeds(
      configuration, model, ranks: 1, sharesMemory: false, dataBytes: 0, steps: nil)
    var ranks = Self.ranks([("a", [0, 1])])
    ranks[0].memory.slurmPerNode = 1_000_000
    ranks[0].processor.quota = 0.5
    let slurm = Examination(ranks: ranks, needs: needs, storage: nil)
    #expect(MemoryCheck().findings(slurm).first?.cure?.hasPrefix("sbatch --mem=") == true)
    #expect(ProcessorCheck().findings(slurm).map(\.verdict) == [.ok])
    #expect(QuotaCheck().findings(slurm).map(\.verdict) == [.warn])
    #expect(QuotaCheck.tellsWarningsAtStart)
    ranks[0].processor.quota = 8
    let ample = Examination(ranks: ranks, needs: needs, storage: nil)
    #expect(QuotaCheck().findings(ample).map(\.verdict) == [.ok])
    ranks[0].memory.group = HostMemory.Limit(bytes: 500_000, file: "/sys/fs/cgroup/memory.max")
    let group = MemoryCheck().findings(Examination(ranks: ranks, needs: needs, storage: nil))
    #expect(group.first?.verdict == .fail)
    #expect(group.first?.finding.contains("(/sys/fs/cgroup/memory.max)") == true)
  }

  @Test("Every rank meets every other once in the pairing rounds", arguments: 1...9)
  func rounds(ranks: Int) {
    let opponents = (0..<ranks).map { PairProbe.opponents(of: $0, among: ranks) }
    for rank in 0..<ranks {
      #expect(opponents[rank].sorted() == (0..<ranks).filter { $0 != rank })
    }
  }

  @Test("Differences between the ranks at the start are reported")
  func facts() throws {
    let communication = try CommunicationThread(LaunchEnvironment { _ in nil }, computeThreads: 1)
    // As a start does; without it OpenBLAS has a thread for each processor.
    try ProductLibrary.portable.prepare(workers: 1)
    let facts = try RankFacts(threads: 1, .portable, communication)
    let told = try communication.tell(facts)
    #expect(told == [facts])
    // Only OpenBLAS has buffers.
    #expect(facts.memory.libraryBytes == 0 && facts.blasThreads == 1)
    let many = try RankFacts(threads: 1_000, .onednn, communication)
    #expect(many.memory.libraryBytes > 900 * BLAS.bufferBytes)
    try communication.finalize()
  }

  /// Ranks on their hosts' processors, of which each host has eight.
  static func ranks(_ places: [(host: String, processors: [Int])]) -> [RankFacts] {
    let disk = FileSystem(
      path: "/tmp", freeBytes: 1 << 40, totalBytes: 1 << 40, kind: "ext4", isOnNetwork: false)
    return places.enumerated().map { number, place in
      RankFacts(
        host: place.host, bootIdentity: place.host, process: number, threads: 1,
        processors: place.processors, available: Array(0..<8), blasThreads: 1, hasLauncher: true,
        isRoot: false, environment: [:], sharedMemory: .known(disk), session: .known(disk),
        memory: HostMemory(
          available: 1 << 40, group: nil, addressSpaceLimit: nil, addressSpaceUsed: 0,
          slurmPerNode: nil),
        processor: ProcessorFacts(model: "a", governor: nil, isBoosted: nil, quota: nil),
        kernels: KernelFacts(
          library: LibraryKernels(
            core: "Cooperlake", version: "0.3.25", isDynamic: true, processor: .avx512),
          askedCore: nil, restart: .none, bf16: .faster))
    }
  }
}
