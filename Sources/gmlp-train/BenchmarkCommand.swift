import ArgumentParser
import Benchmarking
import Comm
import Configuration
import Foundation
import Model
import Train

/// `gmlp-train benchmark`: how fast training runs here, and how fast it could.
struct BenchmarkCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure the speed and the memory of training on this machine.",
    discussion: """
      gmlp-train benchmark                            the built-in configuration
      gmlp-train benchmark --preset gmlp-s16          a model of the paper
      gmlp-train benchmark --config c.toml --steps 50 a configuration and its data
      mpirun -n 8 gmlp-train benchmark                eight ranks
      gmlp-train benchmark --scaling 1,2,4            1, 2 and 4 threads in turn
      gmlp-train benchmark --scaling 1,2 --scaling-by ranks
      mpirun -n 8 gmlp-train benchmark --reduction    only the exchange of gradients

      Real training steps are measured: loader, micro-batches, exchange, clipping, optimizer. The \
      results are those of the median step. Missing data is replaced by random images. gemm_share is the time that the \
      matrix products alone would take at the best rate of one core, as a share of the step. Only \
      the files of --trace and --profile are kept. docs/performance.md explains the numbers.

      The table shows where the time of a step goes. Waiting counts as the phase that is waited \
      for, so the phases add up to the wall time. Rates of products are those of one thread, to \
      compare with the GEMM peak.

      --scaling starts the program once for each number, with mpirun for ranks. The batch stays \
      that of the configuration; with --preset and no --batch it grows with the workers.

      --checkpoint writes two checkpoints. "Held up" is the time that training waits; steps during \
      the write may also be slower.

      --reduction measures the exchange alone, from 64 KiB to 512 MB, in turn with MPI_Allreduce: \
      the time from one gradient in each rank to their sum in every rank, ready for the optimizer. \
      The ratio compares it with the faster of MPI_Allreduce with two buffers and in place. Only \
      train.bucket_mb, train.shared_memory and train.wire_precision matter.

      --profile adds how long each layer takes while all workers compute, for gmlp-train plan. \
      With --pretend-compute workers only wait, and the gradients are any numbers; all else is \
      done. So one machine can stand for many, whose exchange is measured.
      """)

  @OptionGroup var options: ConfigurationOptions

  @Option(
    help: "A model of the paper: \(ModelConfiguration.presetNames.joined(separator: ", ")).",
    completion: .list(ModelConfiguration.presetNames))
  var preset: String?

  @Option(
    name: [.customLong("batch"), .customLong("batch-size")],
    help: """
      Samples per step; micro-batches shrink if they do not divide it. (default: the \
      configuration's, or with --preset one micro-batch per worker)
      """)
  var batch: Int?

  @Option(help: "Measured steps.")
  var steps = 10

  @Option(help: "Warm-up steps before them.")
  var warmupSteps = 2

  @Option(help: "Worker threads per rank.")
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "Write a trace of the last two steps, for Perfetto or chrome://tracing.",
      valueName: "file"),
    completion: .file(extensions: ["json"]))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Measure what a checkpoint in this folder costs; it is removed again.",
      valueName: "folder"),
    completion: .directory)
  var checkpoint: String?

  @Option(
    help: ArgumentHelp(
      "Write the time of each layer for gmlp-train plan.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var profile: String?

  @Option(
    help: ArgumentHelp(
      "Workers wait this long for a micro-batch in place of computing it.",
      valueName: "seconds"))
  var pretendCompute: Double?

  @Flag(help: "Measure only the exchange between ranks, compared with MPI_Allreduce.")
  var reduction = false

  @Option(help: "The largest exchange of --reduction, in MB.")
  var largest = 512

  @OptionGroup var scalingOptions: ScalingOptions

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    for (name, value, least) in [
      ("--batch", batch ?? 1, 1), ("--steps", steps, 1), ("--warmup-steps", warmupSteps, 0),
      ("--threads", threads ?? 1, 1), ("--largest", largest, 1),
    ] where !(least...1_000_000_000).contains(value) {
      throw ValidationError("\(name) \(value): must be at least \(least) and at most 1000000000")
    }
    try validateScaling()
    if let pretendCompute, !(0.000_001...1_000).contains(pretendCompute) {
      throw ValidationError(
        "--pretend-compute \(pretendCompute): must be at least 0.000001 and at most 1000 seconds")
    }
    if pretendCompute != nil && profile != nil {
      throw ValidationError("--profile and --pretend-compute: give only one of them")
    }
    if let preset {
      if options.config != nil {
        throw ValidationError("--config and --preset: give only one of them")
      }
      if ModelConfiguration.preset(preset) == nil {
        throw ValidationError(
          "--preset \(preset): unknown; "
            + (Synonyms.hint(forPreset: preset)
              ?? suggestion(
                for: preset, among: ModelConfiguration.presetNames, called: "the presets")))
      }
    }
  }

  private func validateScaling() throws {
    guard scalingOptions.scaling != nil else { return }
    let others = [
      ("--reduction", reduction), ("--trace", trace != nil), ("--checkpoint", checkpoint != nil),
      ("--profile", profile != nil), ("--pretend-compute", pretendCompute != nil),
      ("--threads", threads != nil && scalingOptions.scalingBy == .threads),
    ]
    for (name, isGiven) in others where isGiven {
      throw ValidationError("--scaling and \(name): give only one of them")
    }
  }

  func run() throws {
    if let scaling = scalingOptions.scaling {
      SingleProcess.run { try runScaling(scaling.counts) }
    }
    if reduction { runReduction() }
    World.run(computeThreads: threads ?? 1) { communication in
      let configuration = try StartAgreement.agree(
        on: Result { try load(ranks: communication.size) }, communication)
      let benchmark = try Benchmark(configuration, benchmarkOptions, communication)
      if communication.rank == 0 { try Output(json: json).give(benchmark, benchmark.text) }
      return 0
    }
  }

  /// Nothing computes beside the exchange, so that ranks with a core of their own may spin.
  private func runReduction() -> Never {
    World.run(computeThreads: 0) { communication in
      let configuration = try StartAgreement.agree(
        on: Result { try load(ranks: communication.size) }, communication)
      let benchmark = try ReductionBenchmark(
        configuration, largestBytes: largest * 1_000_000, rounds: steps, communication)
      if communication.rank == 0 { try Output(json: json).give(benchmark, benchmark.text) }
      return 0
    }
  }

  private var benchmarkOptions: BenchmarkOptions {
    var options = BenchmarkOptions()
    options.usesSyntheticData = preset != nil
    options.steps = steps
    options.warmupSteps = warmupSteps
    options.trace = trace
    options.checkpointDirectory = checkpoint
    options.profile = profile
    options.pretendedSeconds = pretendCompute
    return options
  }

  private func load(ranks: Int) throws(ConfigurationError) -> TrainingConfiguration {
    var configuration = try TrainingConfiguration(file: options.config)
    if let preset = preset.flatMap(ModelConfiguration.preset) { configuration.model = preset }
    let overrides = [
      threads.map { "train.threads=\($0)" }, batch.map { "train.global_batch_size=\($0)" },
    ]
    for assignment in options.assignments + overrides.compactMap({ $0 }) {
      try configuration.apply(assignment: assignment)
    }
    if let batch, !options.assignments.contains(where: { $0.hasPrefix("train.micro_batch_size=") })
    {
      configuration.train.microBatchSize = configuration.train.largestMicroBatch(dividing: batch)
    }
    if preset != nil && batch == nil {
      configuration.train.globalBatchSize =
        configuration.train.microBatchSize * ranks * configuration.train.threads
    }
    try configuration.validate()
    return configuration
  }
}
