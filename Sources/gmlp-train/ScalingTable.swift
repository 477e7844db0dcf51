import Foundation

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
