import ArgumentParser
import Comm
import Configuration
import Foundation
import Train

extension BenchmarkCommand {
  /// Measures with each number of workers in a process of its own, so that none inherits memory.
  func runScaling(_ workers: [Int]) throws {
    let results = try workers.map { try measure(workers: $0) }
    let table = ScalingTable(by: scalingOptions.scalingBy.rawValue, results)
    try Output(json: json).give(table, table.text)
  }

  /// The benchmark of this program with the same arguments on `workers` workers.
  ///
  /// Where it fails it has said why, and this process ends with its code.
  private func measure(workers: Int) throws -> ScalingTable.Result {
    let isByRanks = scalingOptions.scalingBy == .ranks
    let process = try Process.program(
      ["benchmark", "--json", "--threads", "\(isByRanks ? threads ?? 1 : workers)"]
        + sharedArguments, ranks: isByRanks ? workers : 1)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    if process.terminationReason == .uncaughtSignal {
      throw CommandError(
        "the benchmark with \(workers) \(scalingOptions.scalingBy.rawValue) was ended by signal "
          + "\(process.terminationStatus)", relaying: 128 + process.terminationStatus)
    }
    if process.terminationStatus != 0 { SingleProcess.end(process.terminationStatus) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(ScalingTable.Result.self, from: bytes)
  }

  private var sharedArguments: [String] {
    var arguments = ["--steps", "\(steps)", "--warmup-steps", "\(warmupSteps)"]
    for (name, value) in [
      ("--config", options.config), ("--preset", preset), ("--batch", batch.map(String.init)),
    ] {
      if let value { arguments += [name, value] }
    }
    return arguments + options.assignments.flatMap { ["--set", $0] }
  }
}

/// The speed with several numbers of workers.
struct ScalingTable: Encodable {
  /// What a benchmark says of one number of workers.
  struct Result: Decodable {
    let ranks: Int
    let threads: Int
    let batch: Int
    let samplesPerSecond: Double
    let gemmShare: Double
    let peakMemoryBytes: Int
  }

  /// One number of workers.
  struct Row: Encodable {
    /// Threads of all ranks together.
    let workers: Int
    /// Samples a step.
    let batch: Int
    /// Samples that all workers together train on in a second.
    let samplesPerSecond: Double
    /// The rate as a multiple of that of the first row.
    let speedUp: Double
    /// The rate of a worker as a share of that of a worker in the first row.
    let efficiency: Double
    /// The share of the GEMM peak.
    let gemmShare: Double
    /// The largest peak resident set of any rank.
    let peakMemoryBytes: Int
  }

  /// What the number of is changed: `threads` or `ranks`.
  let by: String
  let rows: [Row]

  /// Compares all `results` with the first.
  init(by kind: String, _ results: [Result]) {
    by = kind
    rows = results.map { result in
      let first = results[0]
      let speedUp = result.samplesPerSecond / first.samplesPerSecond
      let workers = result.ranks * result.threads
      return Row(
        workers: workers, batch: result.batch, samplesPerSecond: result.samplesPerSecond,
        speedUp: speedUp,
        efficiency: speedUp * Double(first.ranks * first.threads) / Double(workers),
        gemmShare: result.gemmShare, peakMemoryBytes: result.peakMemoryBytes)
    }
  }

  /// The table for people.
  var text: String {
    let heads = ["batch", "samples/s", "speed-up", "efficiency", "GEMM share", "memory"]
    let lines = rows.map { row in
      let rate = String(format: row.samplesPerSecond < 100 ? "%.2f" : "%.0f", row.samplesPerSecond)
      return Self.line(
        "\(row.workers)",
        [
          "\(row.batch)", rate, String(format: "%.2f", row.speedUp),
          Numbers.percent(row.efficiency), Numbers.percent(row.gemmShare),
          Numbers.megabytes(row.peakMemoryBytes),
        ])
    }
    return ([Self.line("workers", heads)] + lines + ["workers are \(by)"]).joined(separator: "\n")
  }

  private static func line(_ name: String, _ cells: [String]) -> String {
    ([name] + cells).map { String(repeating: " ", count: max(1, 12 - $0.count)) + $0 }.joined()
  }
}

/// The options that ask for several numbers of workers in turn.
struct ScalingOptions: ParsableArguments {
  /// What the workers are.
  enum Kind: String, CaseIterable, ExpressibleByArgument {
    /// Threads of one process.
    case threads
    /// Processes under mpirun.
    case ranks
  }

  @Option(
    help: ArgumentHelp(
      "Measure with each of these numbers of workers, as in 1,2,4.", valueName: "counts"))
  var scaling: WorkerCounts?

  @Option(help: "What --scaling counts: threads, or ranks under mpirun.")
  var scalingBy = Kind.threads

  func validate() throws {
    guard scaling != nil else { return }
    let isAlone: Bool
    do {
      isAlone = try LaunchEnvironment().mode == .single
    } catch {
      throw ValidationError("\(error)")
    }
    guard isAlone else {
      throw ValidationError("--scaling starts its own processes: run it without a launcher")
    }
  }
}

/// Numbers of workers in the order in which they are measured.
struct WorkerCounts: ExpressibleByArgument {
  let counts: [Int]

  init?(argument: String) {
    let words = argument.split(separator: ",", omittingEmptySubsequences: false)
    counts = words.compactMap { Int($0) }
    guard counts.count == words.count, counts.allSatisfy({ (1...100_000).contains($0) }) else {
      return nil
    }
  }
}
