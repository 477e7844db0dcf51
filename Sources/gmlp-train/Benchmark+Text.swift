import Foundation
import Train

extension Benchmark {
  /// The tables for people.
  var text: String {
    [summary, gemmTable, phases.text(workers: ranks * threads)].joined(separator: "\n\n")
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
        String(format: "%.1f GFLOP/s of one core", gemmPeakGflops)
          + ", \(gemmPeakLibrary) on \(gemmPeakShape)"
      ),
      ("GEMM share", Numbers.percent(gemmShare)),
      ("peak memory", "\(Numbers.megabytes(peakMemoryBytes)) in the largest rank"),
      ("parameters", Numbers.grouped(parameters)),
      ("batch", "\(batch) in micro-batches of \(microBatch), \(data) data"),
      ("workers", "\(ranks) ranks × \(threads) threads, \(precision), OpenBLAS \(blasCore)"),
    ])
  }

  /// The rates of the model's products, a column a library and precision.
  private var gemmTable: String {
    let heads = gemmPeaks.map { "\($0.library) \($0.precision)" }
    let shapes = gemmPeaks.first?.rates.map(\.shape) ?? []
    let lines = shapes.enumerated().map { index, shape in
      Numbers.row(shape, gemmPeaks.map { String(format: "%.1f", $0.rates[index].gflops) })
    }
    return ([Numbers.row("GFLOP/s of one core", heads)] + lines).joined(separator: "\n")
  }
}
