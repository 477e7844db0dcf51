import Comm
import Configuration
package import Profiling
import Train

/// What the threads of all ranks did in a few steps, in Chrome's trace-event format.
///
/// A process is a rank, a thread is a worker, the one after the last is the communication. Times are
/// microseconds from the begin of the first measured step.
///
/// - Note: Source: "Trace Event Format", Google, 2016; Perfetto and chrome://tracing read it.
struct ChromeTrace: Encodable {
  /// One bar (`ph` = X) or the name of a row (`ph` = M).
  struct Event: Encodable {
    let name: String
    let cat: String?
    let ph: String
    let pid: Int
    let tid: Int
    let ts: Double?
    let dur: Double?
    let args: [String: String]?
  }

  /// What does not belong to the picture.
  struct Remarks: Encodable {
    /// Spans for which there was no room, the last ones of their threads.
    let omittedSpans: Int
  }

  let displayTimeUnit = "ms"
  let traceEvents: [Event]
  let otherData: Remarks

  /// Spans of all threads of all ranks; a bar takes about 90 bytes of the file.
  private static let allSpans = 200_000

  /// How many spans each thread may record.
  static func spanLimit(of trainer: Trainer) -> Int {
    max(1, allSpans / (trainer.communication.size * (trainer.configuration.train.threads + 1)))
  }

  /// Puts together what all ranks recorded; every rank calls it.
  init(_ reading: RankProfile.Reading, _ communication: CommunicationThread) throws {
    let threads = reading.workers + [reading.communication]
    let own = threads.enumerated().flatMap { thread, reading in
      reading.spans.flatMap { $0.words(thread: thread) }
    }
    let omitted = threads.map(\.omittedSpans).reduce(0, +)
    let host = Array(communication.host.utf8)
    let (all, hosts, allOmitted) = try communication.perform { communicator in
      (
        try communicator.allGather(own), try communicator.allGather(host),
        try communicator.allGather([Int64(omitted)])
      )
    }
    let names = hosts.enumerated().flatMap { rank, host in
      Self.names(
        rank: rank, host: String(decoding: host, as: UTF8.self), workers: reading.workers.count)
    }
    let bars = all.enumerated().flatMap { rank, words in
      stride(from: 0, to: words.count, by: TimeSpan.wordCount).compactMap {
        Self.bar(words[$0..<$0 + TimeSpan.wordCount], rank: rank, workers: reading.workers.count)
      }
    }
    traceEvents = names + bars
    otherData = Remarks(omittedSpans: allOmitted.reduce(0) { $0 + Int($1[0]) })
  }

  private static func names(rank: Int, host: String, workers: Int) -> [Event] {
    func name(_ what: String, thread: Int, _ name: String) -> Event {
      Event(
        name: what, cat: nil, ph: "M", pid: rank, tid: thread, ts: nil, dur: nil,
        args: ["name": name])
    }
    return [name("process_name", thread: 0, "rank \(rank) on \(host)")]
      + (0..<workers).map { name("thread_name", thread: $0, "worker \($0)") }
      + [name("thread_name", thread: workers, "communication")]
  }

  private static func bar(_ words: ArraySlice<Double>, rank: Int, workers: Int) -> Event? {
    let (span, thread) = TimeSpan.decode(words)
    let (name, category): (String, String)
    switch span.event {
    // The communication thread is idle in the one; of the other its buckets tell more.
    case .phase(.other) where thread == workers, .phase(.exchange) where thread == workers:
      return nil
    case .phase(let phase): (name, category) = (phase.name, "phase")
    case .step(let number): (name, category) = ("step \(number)", "step")
    case .microBatch(let number): (name, category) = ("micro-batch \(number)", "micro-batch")
    case .bucket(let number): (name, category) = ("bucket \(number)", "bucket")
    }
    return Event(
      name: name, cat: category, ph: "X", pid: rank, tid: thread,
      ts: microseconds(span.start), dur: microseconds(span.seconds), args: nil)
  }

  /// To the nanosecond.
  private static func microseconds(_ seconds: Double) -> Double {
    (seconds * 1e9).rounded() / 1_000
  }
}

/// Spans as they travel between ranks.
extension TimeSpan {
  /// The numbers that ``words(thread:)`` gives.
  package static let wordCount = 5

  /// The span of `thread` as numbers that doubles hold exactly.
  package func words(thread: Int) -> [Double] {
    let (kind, number) =
      switch event {
      case .phase(let phase): (0, Self.index(of: phase))
      case .step(let number): (1, number)
      case .microBatch(let number): (2, number)
      case .bucket(let number): (3, number)
      }
    return [Double(thread), Double(kind), Double(number), start, seconds]
  }

  /// The span that ``words(thread:)`` gave.
  package static func decode(_ words: ArraySlice<Double>) -> (span: TimeSpan, thread: Int) {
    precondition(words.count == wordCount, "\(words.count) words of a span")
    let words = Array(words)
    let number = Int(words[2])
    let event: Event =
      switch Int(words[1]) {
      case 0: .phase(Phase.allCases[number])
      case 1: .step(number)
      case 2: .microBatch(number)
      case 3: .bucket(number)
      default: preconditionFailure("a span of kind \(words[1])")
      }
    return (TimeSpan(event: event, start: words[3], seconds: words[4]), Int(words[0]))
  }

  private static func index(of phase: Phase) -> Int {
    guard let index = Phase.allCases.firstIndex(of: phase) else {
      preconditionFailure("\(phase) is missing among all phases")
    }
    return index
  }
}
