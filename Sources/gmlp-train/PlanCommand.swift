import ArgumentParser
import Configuration
import Datasets
import Foundation
import Inspection
import Model
import Platform
import Scaling
import Train

/// `gmlp-train plan`: what training will take on many hosts.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Predict what training takes on many hosts, and advise.",
    discussion: """
      gmlp-train benchmark --config c.toml --profile p.json
      gmlp-train plan --config c.toml --profile p.json --hosts 128 --ranks 8
      gmlp-train plan --preset gmlp-s16 --gemm-rate 80 --hosts 32 --link 25gbit
      gmlp-train plan --config c.toml --profile p.json --hosts 64 --plot plan.svg

      Steps on 1, 2, 4 and more hosts are simulated, with the layers' times and the schedule \
      of the real exchange. The result is the time of a step, what of the exchange is exposed, \
      memory, traffic, and hours of the whole run. Then other settings are tried on the most \
      hosts.

      A rate in bits, as 25gbit, is that of a network card, and one in bytes, as 2.9GB/s, is of \
      content, as gmlp-train doctor measures it. --weak makes the configured batch that of one \
      host, so that it grows with them. docs/operations/planning.md explains the model.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(
    help: "A model of the paper: \(ModelConfiguration.presetNames.joined(separator: ", ")).",
    completion: .list(ModelConfiguration.presetNames))
  var preset: String?

  @Option(help: "The most hosts to plan for.")
  var hosts = 1

  @Option(help: "Ranks on each host.")
  var ranks = 1

  @Option(help: "Worker threads per rank.")
  var threads: Int?

  @Option(help: "Cores of each host. (default: one for each worker)")
  var cores: Int?

  @Option(help: "What the link of a host carries each way, as 25gbit or 1.5GB/s.")
  var link = "10gbit"

  @Option(help: "How long a byte takes from host to host, as 10us.")
  var latency = "50us"

  @Option(help: "What rank zero writes to its disk, as 500MB/s.")
  var disk = "500MB/s"

  @Option(help: "The memory of a host, as 256GB; what needs more is said.")
  var memory: String?

  @Option(
    help: ArgumentHelp(
      "Times of layers, written by gmlp-train benchmark --profile.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var profile: String?

  @Option(
    help: ArgumentHelp(
      "Estimate times from this rate of one thread's matrix products, in GFLOP/s.",
      valueName: "gflops"))
  var gemmRate: Double?

  @Option(
    help: ArgumentHelp(
      "Plan for workers that wait this long for a micro-batch; see benchmark.",
      valueName: "seconds"))
  var pretendCompute: Double?

  @Flag(help: "The configured batch is that of one host.")
  var weak = false

  @Option(
    help: ArgumentHelp("Samples of the training set. (default: looked up)", valueName: "n"))
  var samples: Int?

  @Option(
    help: ArgumentHelp(
      "How ranks of several hosts exchange: ranks or hosts. (default: as training does)"))
  var exchange: ExchangeKind?

  @Option(
    help: ArgumentHelp("Draw efficiency against hosts.", valueName: "file"),
    completion: .file(extensions: ["svg"]))
  var plot: String?

  @Option(
    help: ArgumentHelp(
      "Write the messages of a step on the most hosts, as JSON lines.", valueName: "file"),
    completion: .file(extensions: ["jsonl"]))
  var trace: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    try WorkerNumbers.check(ranks: ranks, threads: threads)
    for (name, value, bounds) in [
      ("--hosts", hosts, 1...10_000), ("--cores", cores ?? 1, 1...100_000),
      ("--samples", samples ?? 1, 1...1_000_000_000_000),
    ] where !bounds.contains(value) {
      throw ValidationError(
        "\(name) \(value): must be at least \(bounds.lowerBound) and at most \(bounds.upperBound)")
    }
    guard hosts * ranks <= WorkerNumbers.ranks.upperBound else {
      throw ValidationError(
        "--hosts \(hosts) of --ranks \(ranks): are \(hosts * ranks) ranks; at most "
          + "\(WorkerNumbers.ranks.upperBound) can be planned")
    }
    for (name, value) in [("--gemm-rate", gemmRate), ("--pretend-compute", pretendCompute)] {
      if let value, !(0.000_001...1_000_000).contains(value) {
        throw ValidationError("\(name) \(value): must be at least 0.000001 and at most 1000000")
      }
    }
    try validateChoices()
    do throws(CommandError) {
      _ = try readQuantities()
    } catch {
      throw ValidationError(error.description)
    }
  }

  private func validateChoices() throws {
    let sources = [
      ("--profile", profile != nil), ("--gemm-rate", gemmRate != nil),
      ("--pretend-compute", pretendCompute != nil),
    ].filter(\.1).map(\.0)
    if sources.count > 1 {
      throw ValidationError("\(sources.joined(separator: " and ")): give only one of them")
    }
    if sources.isEmpty {
      throw ValidationError(
        "nothing says how fast a worker is: give --profile (made by gmlp-train benchmark) or "
          + "--gemm-rate")
    }
    if let preset {
      if options.config != nil {
        throw ValidationError("--config and --preset: give only one of them")
      }
      if ModelConfiguration.preset(preset) == nil {
        throw ValidationError(
          "--preset \(preset): unknown; "
            + suggestion(for: preset, among: ModelConfiguration.presetNames, called: "the presets"))
      }
    }
  }

  func run() throws {
    SingleProcess.run {
      let plotFile = try plot.map { try ResultFile($0) }
      let traceFile = try trace.map { try ResultFile($0) }
      let configuration = try load()
      let cluster = try makeCluster(configuration)
      let planner = try makePlanner(configuration)
      let plan = ScalingPlan(planner, cluster)
      let name = preset ?? options.name
      if let plotFile {
        let title = "\(name), \(cluster.ranks) × \(cluster.threads) workers a host, \(link)"
        try plotFile.write(Array(ScalingPlot(plan, title: title).svg.utf8))
      }
      if let traceFile { try traceFile.write(Array(planner.trace(cluster))) }
      try Output(json: json).give(plan, plan.text(name: name))
    }
  }

  /// The quantities that have units.
  private func readQuantities() throws(CommandError) -> (
    link: Double, latency: Double, disk: Double, memory: Double?
  ) {
    (
      try Quantity.rate(link, for: "--link"), try Quantity.time(latency, for: "--latency"),
      try Quantity.rate(disk, for: "--disk"),
      try memory.map { text throws(CommandError) in try Quantity.size(text, for: "--memory") }
    )
  }

  private func makeCluster(_ configuration: TrainingConfiguration) throws -> Cluster {
    let quantities = try readQuantities()
    let threads = configuration.train.threads
    if let cores, cores < ranks * threads {
      throw CommandError(
        "--cores \(cores): are fewer than \(ranks * threads) workers on a host; lower --ranks or "
          + "--threads", exitCode: .usage)
    }
    var cluster = Cluster(
      hosts: hosts, ranks: ranks, threads: threads, bytesPerSecond: quantities.link,
      latency: quantities.latency, cores: cores)
    cluster.diskBytesPerSecond = quantities.disk
    cluster.memoryBytes = quantities.memory
    return cluster
  }

  private func makePlanner(_ configuration: TrainingConfiguration) throws -> Planner {
    let model = try configuration.makeModel()
    let times: ComputeProfile
    if let profile {
      times = try ComputeProfile(file: profile)
      try times.require(model, file: profile)
    } else if let pretendCompute {
      times = ComputeProfile(pretending: model, configuration, seconds: pretendCompute)
    } else {
      times = ComputeProfile(estimating: model, configuration, gigaflops: gemmRate ?? 1)
    }
    return Planner(
      configuration, model, times, exchange: exchange, isWeak: weak,
      trainingSamples: samples ?? knownSamples(configuration))
  }

  /// The size of the training set, if it can be opened here.
  private func knownSamples(_ configuration: TrainingConfiguration) -> Int? {
    guard preset == nil, configuration.train.steps == 0 else { return nil }
    var configuration = configuration
    configuration.data.verify = false
    // A plan may be made where the data are not.
    return try? configuration.task.open(.train).count
  }

  private func load() throws -> TrainingConfiguration {
    var configuration = try TrainingConfiguration(file: options.config)
    if let preset = preset.flatMap(ModelConfiguration.preset) { configuration.model = preset }
    let overrides = threads.map { ["train.threads=\($0)"] } ?? []
    for assignment in options.assignments + overrides {
      try configuration.apply(assignment: assignment)
    }
    try configuration.validate()
    return configuration.resolved()
  }
}

extension ExchangeKind: ExpressibleByArgument {}
