import Configuration
import Files
import Foundation
import Hardware
import Platform
import Train

/// How busy the processors of a host are while the ranks sleep.
///
/// What runs at lowered priority (`nice`) does not count: it gives way.
struct ProcessorLoad: Sendable, Codable, Equatable {
  /// The busy share of each processor, 0…1, by its number.
  let busy: [Int: Double]
  /// The process that took most, as in `python3 (process 4711)`; nil if none took anything.
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

/// A process of this host, as `/proc` shows it.
struct RunningProcess {
  /// Its number.
  let number: Int

  /// All of them.
  ///
  /// - Throws: ``CommandError`` where `/proc` cannot be listed.
  static func all() throws(CommandError) -> [RunningProcess] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: "/proc")
        .compactMap { Int($0) }.map(RunningProcess.init(number:))
    } catch {
      throw CommandError("/proc: cannot be listed: \(error.reason)", exitCode: .internalError)
    }
  }

  /// A file of its folder; nil if it has ended meanwhile, or is another user's to read.
  func file(_ name: String) -> String? {
    FileManager.default.contents(atPath: "/proc/\(number)/\(name)").map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// Its name, as far as the kernel keeps it.
  var name: String? { file("comm")?.trimmingCharacters(in: .newlines) }

  /// The processors on which it may run, as in `0-3,8`.
  var processors: String? {
    let line = file("status")?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line?.split(whereSeparator: \.isWhitespace).last.map(String.init)
  }

  /// Whether it trains or is a rank of some MPI program.
  var isRank: Bool {
    if name == RunningProcess(number: Int(getpid())).name { return true }
    let variables = file("environ")?.split(separator: "\0") ?? []
    return variables.contains { variable in
      ["OMPI_COMM_WORLD_RANK=", "PMIX_RANK="].contains { variable.hasPrefix($0) }
    }
  }

  /// The ranks of other jobs that are confined to the same single processor as this process.
  ///
  /// - Parameters:
  ///   - processors: those of this process.
  ///   - job: the processes of this job.
  /// - Throws: ``CommandError`` where `/proc` cannot be listed.
  /// - Returns: their names and numbers.
  static func rivals(on processors: String, except job: [Int]) throws(CommandError) -> [String] {
    try all().filter { process in
      !job.contains(process.number) && process.processors == processors && process.isRank
    }.map { "\($0.name ?? "a program") (process \($0.number))" }
  }
}
