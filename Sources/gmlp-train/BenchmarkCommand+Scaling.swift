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
