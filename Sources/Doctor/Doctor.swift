public import Comm
public import Configuration
import Datasets
import Foundation
import Kernels
import Model
import Planning
import Train

/// Checks for the pitfalls of distributed training on CPUs, before a long run.
public struct Doctor: Sendable, Encodable {
  /// What was found, in the order of the checks.
  public let checks: [Finding]
  /// Findings that a run would fail, hang or crawl on.
  public let failed: Int
  /// Findings that may be intended.
  public let warnings: Int
  /// Processes.
  public let ranks: Int

  /// Examines this machine with all ranks together; collective.
  ///
  /// Nothing is kept, and a run in the same directory is not disturbed.
  ///
  /// - Parameters:
  ///   - configuration: validated; that of the run to come.
  ///   - runDirectory: that of the run to come; it need not be there.
  ///   - deadlineSeconds: how long ranks wait for each other. After it the process ends with 76.
  ///   - communication: the ranks.
  ///   - reporting: receives each finding when it is made, on every rank.
  /// - Throws: ``CommandError`` on all ranks alike, or `MPIError`.
  public init(
    _ configuration: TrainingConfiguration, runDirectory: String, deadlineSeconds: Double,
    _ communication: CommunicationThread, reporting: (Finding) -> Void
  ) throws {
    let usable = configuration.resolved()
    let watch = try DoctorWatch(communication, seconds: deadlineSeconds)
    defer { watch.end() }
    let (starts, inputs, facts) = try watch.over({ "the ranks did not report how they start" }) {
      let (own, inputs) = Self.open(usable)
      let starts = try StartAgreement.starts(own, communication)
      let facts = try StartAgreement.agree(
        on: CommandError.catching {
          try RankFacts(
            threads: usable.train.threads, usable.train.products.library, communication)
        }, communication)
      return (starts, inputs, try communication.tell(facts))
    }
    var examination = Examination(
      ranks: facts, starts: starts,
      needs: try Self.needs(usable, inputs, facts),
      storage: communication.rank == 0 ? RunStorage(runDirectory) : nil)
    // What is unavailable is reported too.
    examination.bfloat16Products = usable.bfloat16Products ?? configuration.bfloat16Products
    examination.notes = usable.notes(
      workers: facts.map(\.threads).reduce(0, +), steps: examination.needs?.steps)
    var findings: [Finding] = []
    func answer(_ checks: [any DoctorCheck]) {
      for finding in checks.flatMap({ $0.findings(examination) }) {
        findings.append(finding)
        reporting(finding)
      }
    }
    answer(Self.quickChecks)
    examination.measurements = try DoctorMeasuring(
      examination: examination, communication: communication, watch: watch
    ).measure()
    answer(Self.measuringChecks)
    checks = findings
    failed = findings.count { $0.verdict == .fail }
    warnings = findings.count { $0.verdict == .warn }
    ranks = communication.size
  }

  /// Those that need facts only: they also run at every start of a run.
  static let quickChecks: [any DoctorCheck] = [
    BindingCheck(), ThreadsCheck(), CrowdingCheck(), SharedMemoryCheck(), MemoryCheck(),
    DiskCheck(),
    RootCheck(), EqualityCheck(), QuotaCheck(), ProcessorCheck(), KernelsCheck(), SettingsCheck(),
  ]

  /// Those that need measurements.
  private static let measuringChecks: [any DoctorCheck] = [
    RivalCheck(), SharingCheck(), SingleCopyCheck(), BusyCheck(), ProductsCheck(), SpeedCheck(),
    DiskSpeedCheck(), StorageCheck(), NetworkCheck(), LinkCheck(),
  ]

  private static func open(
    _ configuration: TrainingConfiguration
  ) -> (Result<[StartInvariant], CommandError>, TrainingInputs?) {
    var inputs: TrainingInputs?
    let result = CommandError.catching {
      try configuration.train.products.library.prepare(workers: configuration.train.threads)
      let opened = try TrainingInputs(configuration)
      inputs = opened
      return StartInvariant.all(configuration, opened)
    }
    return (result, inputs)
  }

  /// What the run needs, as far as it is known where the data cannot be opened.
  private static func needs(
    _ configuration: TrainingConfiguration, _ inputs: TrainingInputs?, _ facts: [RankFacts]
  ) throws -> RunNeeds {
    let ranks = facts.count
    let train = configuration.train
    let model = try inputs?.model ?? configuration.makeModel()
    let steps = try inputs.map {
      try Coordinator(
        configuration: configuration, trainingSamples: $0.trainingSet.count,
        workers: ranks * train.threads
      ).steps
    }
    // Ranks of a host have neighbouring numbers.
    let hosts = facts.reduce(into: [(name: String, ranks: Int)]()) { hosts, fact in
      if hosts.last?.name != fact.host { hosts.append((fact.host, 0)) }
      hosts[hosts.count - 1].ranks += 1
    }
    return RunNeeds(
      configuration, model, ranks: ranks,
      sharesMemory: hosts.count < ranks && configuration.wantsSharedMemory,
      ranksOfHosts: configuration.wantsSharedMemory ? hosts.map(\.ranks) : nil,
      dataBytes: inputs.map { $0.trainingSet.memoryBytes + $0.testSet.memoryBytes } ?? 0,
      steps: steps)
  }
}
