import Foundation
import Train

extension Benchmark {
  /// The tables for people.
  var text: String {
    [summary, phases.text(workers: ranks * threads)].joined(separator: "\n\n")
  }

  private var summary: String {
    let rate = samplesPerSecond < 100 ? 2 : 0
    return Numbers.table([
      ("speed", String(format: "%.\(rate)f images/s", samplesPerSecond)),
      (
        "step",
        String(
          format: "%.4f s, the median of %d (fastest %.4f s)", stepSeconds, steps,
          fastestStepSeconds)
      ),
      (
        "GEMM peak",
        String(format: "%.1f GFLOP/s of one core", gemmPeakGflops) + " on \(gemmPeakShape)"
      ),
      ("GEMM share", Numbers.percent(gemmShare)),
      ("peak memory", "\(Numbers.megabytes(peakMemoryBytes)) in the largest rank"),
      ("parameters", Numbers.grouped(parameters)),
      ("batch", "\(batch) in micro-batches of \(microBatch), \(data) data"),
      ("workers", "\(ranks) ranks × \(threads) threads, \(precision), OpenBLAS \(blasCore)"),
    ])
  }
}
