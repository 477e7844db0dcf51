import Benchmarking
import Files
import Foundation
import Train

extension Benchmark {
  /// The tables for people.
  var text: String {
    [summary, gemmTable, phases.text(workers: ranks * threads)].joined(separator: "\n\n")
  }

  private var summary: String {
    let rate = samplesPerSecond < 100 ? 2 : 0
    var rows = [
      (
        "speed",
        String(format: "%.\(rate)f \(sample)s/s, %.0f tokens/s", samplesPerSecond, tokensPerSecond)
      ),
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
      (
        "loader", String(format: "%.0f \(sample)s/s of one worker's, alone", loaderSamplesPerSecond)
      ),
      ("peak memory", "\(Numbers.megabytes(peakMemoryBytes)) in the largest rank"),
      ("parameters", Numbers.parameters(parameters, learning: trainableParameters)),
      ("batch", "\(batch) in micro-batches of \(microBatch), \(data) data"),
      (
        "workers",
        "\(counted(ranks, "rank")) × \(counted(threads, "thread")), \(precision), OpenBLAS kernels \(blasCore)"
      ),
    ]
    for (name, checkpoint) in zip(["first save", "a later save"], checkpoints) {
      rows += checkpoint.rows(name)
    }
    return Numbers.table(rows)
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

extension MeasuredCheckpoint {
  /// What it cost, for people.
  fileprivate func rows(_ name: String) -> [(name: String, value: String)] {
    [
      (
        name,
        "\(Numbers.megabytes(bytes)) on disk after " + String(format: "%.3f s", seconds)
      ),
      (
        "  held up for",
        String(format: "%.1f ms; the steps beside it (%d) took ", 1_000 * stallSeconds, stepsBeside)
          + String(format: "%+.1f ms", 1_000 * slowdownSeconds)
      ),
      ("  one a minute", "\(Numbers.percent(shareAtOneAMinute)) of the time"),
    ]
  }
}
