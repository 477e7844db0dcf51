import Benchmarking
import Files
import Foundation
import Train

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
