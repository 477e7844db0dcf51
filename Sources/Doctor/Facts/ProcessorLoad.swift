import Configuration
import Foundation
import Train

/// How busy the processors of a host are while the ranks sleep.
///
/// What runs at lowered priority (`nice`) does not count: it gives way.
struct ProcessorLoad: Sendable, Codable, Equatable {
  /// The busy share of each processor, 0…1, by its number.
  let busy: [Int: Double]
  /// The process that took most, as in `python3 (process 4711)`; nil where none took anything.
  let busiest: String?

  /// Seconds for which it looks.
  private static let seconds = 0.3

  /// Watches for some tenths of a second, in which this process sleeps.
  init() throws(CommandError) {
    let (before, processesBefore) = (try Self.times(), try Self.processes())
    Thread.sleep(forTimeInterval: Self.seconds)
    let (after, processesAfter) = (try Self.times(), try Self.processes())
    var busy: [Int: Double] = [:]
    for (processor, times) in after {
      guard let earlier = before[processor], times.all > earlier.all else { continue }
      busy[processor] = Double(times.busy - earlier.busy) / Double(times.all - earlier.all)
    }
    self.busy = busy
    let growth = processesAfter.map { process, times in
      (process, times.name, times.ticks - (processesBefore[process]?.ticks ?? times.ticks))
    }
    let most = growth.max { $0.2 < $1.2 }
    busiest = most.flatMap { $0.2 > 0 ? "\($0.1) (process \($0.0))" : nil }
  }

  /// A load that is known.
  init(busy: [Int: Double], busiest: String?) {
    self.busy = busy
    self.busiest = busiest
  }

  /// Clock ticks since the start of the host, by processor.
  ///
  /// - Note: Source: proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal.
  private static func times() throws(CommandError) -> [Int: (busy: Int, all: Int)] {
    var times: [Int: (busy: Int, all: Int)] = [:]
    for line in try SystemFile("/proc/stat").lines where line.hasPrefix("cpu") {
      let words = line.split(separator: " ")
      guard let processor = Int(words[0].dropFirst(3)), words.count > 8 else { continue }
      let ticks = words[1...8].map { Int($0) ?? 0 }
      let all = ticks.reduce(0, +)
      let (nice, idle, waiting) = (ticks[1], ticks[3], ticks[4])
      times[processor] = (all - nice - idle - waiting, all)
    }
    return times
  }

  /// Names of processes and the clock ticks that each has taken.
  private static func processes() throws(CommandError) -> [Int: (name: String, ticks: Int)] {
    var processes: [Int: (name: String, ticks: Int)] = [:]
    for process in try RunningProcess.all() {
      // The name is in brackets and may hold blanks; the fields after it are counted.
      guard let text = process.file("stat"), let end = text.lastIndex(of: ")"),
        let begin = text.firstIndex(of: "(")
      else { continue }
      let fields = text[text.index(after: end)...].split(separator: " ")
      guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else {
        continue
      }
      processes[process.number] = (
        String(text[text.index(after: begin)..<end]), user + system
      )
    }
    return processes
  }
}
