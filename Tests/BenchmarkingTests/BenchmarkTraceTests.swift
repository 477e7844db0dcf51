import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("Trace of a benchmark", .timeLimit(.minutes(60)))
struct BenchmarkTraceTests {
  /// What the test reads of an event of Chrome's format.
  struct Event: Decodable {
    let name: String
    let cat: String?
    let ph: String
    let pid: Int
    let tid: Int
    let ts: Double?
    let dur: Double?
    let args: [String: String]?

    var end: Double { (ts ?? 0) + (dur ?? 0) }
  }

  struct Trace: Decodable {
    struct Remarks: Decodable {
      let omittedSpans: Int
    }
    let traceEvents: [Event]
    let otherData: Remarks
  }

  @Test("It has the last steps of all ranks, their workers and the exchange", arguments: [nil, 2])
  func trace(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let run = try await command(
      "benchmark", "--config", "digits.toml", "--threads", "2", "--steps", "5", "--trace",
      "trace.json", ranks: ranks, in: folder.path)
    #expect(run.exitCode == 0, "\(run.standardError)")
    let trace = try JSONDecoder().decode(
      Trace.self, from: Data(try folder.text(of: "trace.json").utf8))
    #expect(trace.otherData.omittedSpans == 0)
    let events = trace.traceEvents
    for rank in 0..<(ranks ?? 1) {
      let own = events.filter { $0.pid == rank }
      let names = own.filter { $0.ph == "M" && $0.name == "thread_name" }.map { $0.args?["name"] }
      #expect(names == ["worker 0", "worker 1", "communication"])
      let bars = own.filter { $0.ph == "X" }
      #expect(bars.count + 4 == own.count)
      #expect(bars.allSatisfy { ($0.ts ?? -1) >= 0 && ($0.dur ?? -1) >= 0 })
      // Two warm-up steps come before the five.
      let steps = bars.filter { $0.cat == "step" }
      #expect(steps.map(\.name) == ["step 6", "step 7"])
      #expect(bars.contains { $0.cat == "bucket" && $0.tid == 2 && $0.name == "bucket 0" })
      for worker in 0...1 {
        // Four micro-batches a step are shared by all workers.
        let microBatches = bars.filter { $0.cat == "micro-batch" && $0.tid == worker }
        #expect(microBatches.count == 4 / (ranks ?? 1))
        for bar in microBatches {
          let inside = bars.filter {
            $0.cat == "phase" && $0.tid == worker && $0.ts ?? 0 >= bar.ts ?? 0
              && $0.end <= bar.end
          }
          #expect(inside.contains { $0.name == "forward GELU" }, "\(bar)")
          #expect(inside.contains { $0.name == "backward norm" }, "\(bar)")
        }
      }
      // Bars of one row of phases follow each other.
      let row = bars.filter { $0.cat == "phase" && $0.tid == 0 }
      for (bar, next) in zip(row, row.dropFirst()) {
        #expect(bar.end <= (next.ts ?? 0) + 0.01, "\(bar) before \(next)")
      }
    }
  }

  @Test("An unwritable trace file is reported before anything is measured", arguments: [nil, 2])
  func unwritable(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let trace = "\(folder.path)/missing/t.json"
    let run = try await command("benchmark", "--trace", trace, ranks: ranks)
    #expect(run.failed(74, trace, "--trace"), "\(run)")
  }
}
