import Files
import Foundation
import Scaling

extension ScalingPlan {
  /// The plan for people.
  func text(name: String) -> String {
    var parts = [summary(name: name), table.joined(separator: "\n")]
    if !advice.isEmpty {
      let lines = advice.map {
        let bits = $0.changesNumbers ? ", changes the numbers" : ""
        return "  \($0.change)  +\(Numbers.percent($0.gain))\(bits)"
      }
      parts.append((["faster on the most hosts, one at a time:"] + lines).joined(separator: "\n"))
    }
    if !notes.isEmpty {
      parts.append(notes.map { "note: \(printable($0))" }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }

  private func summary(name: String) -> String {
    guard let last = rows.last else { return name }
    var lines: [(name: String, value: String)] = [
      ("configuration", "\(name), times of layers \(origin)"),
      (
        "hosts",
        "\(Numbers.grouped(last.hosts)) of \(counted(last.ranks, "rank")) × "
          + "\(counted(last.threads, "thread")), \(counted(cores, "core"))"
      ),
      (
        "link",
        String(
          format: "%.0f MB/s of content each way, %.1f µs", linkBytesPerSecond / 1e6,
          latencySeconds * 1e6) + ", between \(exchange)"
      ),
      (
        "step",
        String(
          format: "%.4f s, of which the exchange %.4f s", last.stepSeconds, last.exposedSeconds)
          + "; limit: \(last.limit)"
      ),
      (
        "speed",
        String(format: "%.1f samples/s", last.samplesPerSecond)
          + ", \(Numbers.percent(last.efficiency)) of that many single hosts"
      ),
      (
        "a host sends",
        "\(Numbers.megabytes(last.sentBytesPerHost)) in "
          + "\(Numbers.counted(last.messagesPerHost, "message")) and "
          + "\(counted(last.buckets, "bucket")) a step"
      ),
      (
        "memory",
        "\(Numbers.megabytes(last.memoryBytesPerRank)) a rank, "
          + "\(Numbers.megabytes(last.memoryBytesPerHost)) a host"
      ),
      (
        "checkpoint",
        "\(Numbers.megabytes(last.checkpointBytes)) in "
          + String(format: "%.1f s beside training", last.checkpointSeconds)
      ),
    ]
    if let steps = last.steps, let hours = last.hours, let coreHours = last.coreHours {
      lines.append(
        (
          "whole run",
          "\(Numbers.grouped(steps)) steps, "
            + String(format: "%.2f hours, %.1f core-hours", hours, coreHours)
        ))
    }
    return Numbers.table(lines)
  }

  /// A line for each number of hosts.
  private var table: [String] {
    let heads = [
      "hosts", "batch", "step s", "samples/s", "efficiency", "exposed s", "MB sent", "messages",
      "limit",
    ]
    return Numbers.columns(
      [heads]
        + rows.map { row in
          [
            "\(row.hosts)", "\(row.globalBatchSize)", String(format: "%.4f", row.stepSeconds),
            String(format: "%.1f", row.samplesPerSecond), Numbers.percent(row.efficiency),
            String(format: "%.4f", row.exposedSeconds),
            String(format: "%.1f", Double(row.sentBytesPerHost) / 1e6), "\(row.messagesPerHost)",
            row.limit,
          ]
        })
  }
}
