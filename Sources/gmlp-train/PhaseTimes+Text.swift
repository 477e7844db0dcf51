import Benchmarking
import Foundation
import Train

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
    ]
    return ([Numbers.row(title, heads)] + lines + end).joined(separator: "\n")
  }

  private static func milliseconds(_ seconds: Double) -> String {
    String(format: "%.3f", 1_000 * seconds)
  }
}
