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
        "loader",
        String(format: "%.0f \(sample)s/s of one worker's, alone: ", loaderSamplesPerSecond)
          + "\(Numbers.percent(loaderShare)) of a core at this speed"
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

extension PhaseTimes {
  /// The table for people; phases below a ten-thousandth of the time are left out.
  func text(workers: Int) -> String {
    let title = workers == 1 ? "a step" : "a step, the mean of \(workers) workers"
    let heads = ["ms", "share"] + (workers == 1 ? [] : ["largest ms"]) + ["GFLOP/s"]
    let lines = rows.filter { $0.share >= 0.0001 }.map { row in
      Numbers.row(
        row.phase,
        [Self.milliseconds(row.seconds), Numbers.percent(row.share)]
          + (workers == 1 ? [] : [Self.milliseconds(row.largestSeconds)])
          + [row.gflops.map { String(format: "%.1f", $0) } ?? ""])
    }
    let end = [
      Numbers.row("all phases", [Self.milliseconds(rows.map(\.seconds).reduce(0, +))]),
      Numbers.row("by the wall clock", [Self.milliseconds(seconds)]),
      Numbers.row(
        "beside it: reduction, hidden", [Self.milliseconds(reductionHiddenSeconds)]),
      Numbers.row("exchange, processor time", [Self.milliseconds(exchangeProcessorSeconds)]),
    ]
    return ([Numbers.row(title, heads)] + lines + end).joined(separator: "\n")
  }

  private static func milliseconds(_ seconds: Double) -> String {
    String(format: "%.3f", 1_000 * seconds)
  }
}

extension ReductionBenchmark {
  /// The table for people.
  var text: String {
    let columns = ["bytes", "ours", "MPI_Allreduce", "in place", "ratio"]
    let lines = rows.map { row in
      [
        Numbers.grouped(row.bytes), Self.milliseconds(row.seconds),
        Self.milliseconds(row.allreduceSeconds), Self.milliseconds(row.allreduceInPlaceSeconds),
        String(format: "%.2f", row.ratio),
      ]
    }
    let table = ([columns] + lines).map { cells in
      cells.map { String(repeating: " ", count: max(0, 15 - $0.count)) + $0 }.joined()
    }
    let link = String(format: "%.0f MB/s", linkBytesPerSecond / 1e6)
    return
      (table + [
        "\(counted(ranks, "rank")), by \(method), medians of \(counted(rounds, "round"))",
        "a large message to the next rank while one comes from the rank before: \(link) each",
      ])
      .joined(separator: "\n")
  }

  private static func milliseconds(_ seconds: Double) -> String {
    String(format: "%.3f ms", 1_000 * seconds)
  }
}
