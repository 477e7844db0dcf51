import Foundation
import Train

extension PhaseTimes {
  /// The table for people; phases below a ten-thousandth of the time are left out.
  func text(workers: Int) -> String {
    let title = workers == 1 ? "a step" : "a step, the mean of \(workers) workers"
    let heads = ["ms", "share"] + (workers == 1 ? [] : ["largest ms"]) + ["GFLOP/s"]
    let lines = rows.filter { $0.share >= 0.0001 }.map { row in
      Self.line(
        row.phase,
        [Self.milliseconds(row.seconds), Numbers.percent(row.share)]
          + (workers == 1 ? [] : [Self.milliseconds(row.largestSeconds)])
          + [row.gflops.map { String(format: "%.1f", $0) } ?? ""])
    }
    let end = [
      Self.line("all phases", [Self.milliseconds(rows.map(\.seconds).reduce(0, +))]),
      Self.line("by the wall clock", [Self.milliseconds(seconds)]),
      Self.line(
        "beside it: reduction, hidden", [Self.milliseconds(reductionHiddenSeconds)]),
    ]
    return ([Self.line(title, heads)] + lines + end).joined(separator: "\n")
  }

  private static func line(_ name: String, _ cells: [String]) -> String {
    let name = name + String(repeating: " ", count: max(0, 36 - name.count))
    let row = cells.reduce(name) { line, cell in
      line + String(repeating: " ", count: max(1, 12 - cell.count)) + cell
    }
    return String(row.reversed().drop { $0 == " " }.reversed())
  }

  private static func milliseconds(_ seconds: Double) -> String {
    String(format: "%.3f", 1_000 * seconds)
  }
}
