import Files
import Foundation

/// A page about a run on a terminal, from the events of its `metrics.jsonl`: state, ranks and curves.
package struct WatchPage {
  /// A curve: what it shows, by event and field, and how people read its last value.
  private struct Curve {
    let name: String
    let event: String
    let field: String
    let words: (Double) -> String
    var values: [Double] = []
  }

  private let title: String
  private var start: RecordedEvent?
  private var curves = WatchPage.noCurves
  private var (step, epoch) = (0, 0)
  private var stepSeconds = 0.0
  private var time: Double?
  /// How the run has ended; nil as long as it has not.
  private var ending: String?
  private var checkpoint: RecordedEvent?
  /// The ranks that are slower than the others.
  private var stragglers: [Int: RecordedEvent] = [:]
  private var (skipped, lastSkipped): (Int, RecordedEvent?) = (0, nil)
  private var lastChanged: RecordedEvent?

  /// A page without events; `title` is the run.
  package init(title: String) {
    self.title = title
  }

  /// Takes note of the next event.
  package mutating func add(_ event: RecordedEvent) {
    time = event.time ?? time
    for index in curves.indices where curves[index].event == event.name {
      if let value = event.numbers[curves[index].field] { curves[index].values.append(value) }
    }
    switch event.name {
    case "start":
      // What was slow is measured again.
      (start, ending, stragglers) = (event, nil, [:])
      step = event.integer("resumed_from") ?? 0
    case "step":
      step = event.step ?? step
      epoch = event.integer("epoch") ?? epoch
      stepSeconds = event.numbers["step_seconds"] ?? stepSeconds
    case "checkpoint": checkpoint = event
    case "skipped": (skipped, lastSkipped) = (skipped + 1, event)
    case "straggler": note(straggler: event)
    case "weights_changed": lastChanged = event
    case "diverged": ending = "diverged"
    case "end": ending = event.texts["reason"]
    default: break
    }
  }

  private mutating func note(straggler event: RecordedEvent) {
    guard let rank = event.integer("rank") else { return }
    let isSlow = event.numbers["cost_seconds"].map { $0 > 0 } ?? false
    stragglers[rank] = isSlow ? event : nil
  }

  /// The page in lines of at most `columns` columns; `now` is in seconds since 1970.
  package func lines(columns: Int, now: Double) -> [String] {
    var texts = [state(now)] + machine
    texts.append("")
    texts += curves.compactMap { line(of: $0, columns: columns) }
    texts.append("")
    texts += ranks + incidents(now)
    return texts.map { Terminal.fitting(printable($0), columns: columns) }
  }

  private func state(_ now: Double) -> String {
    guard start != nil else { return "\(title): not yet started" }
    let place = "step \(step)" + (epoch > 0 ? ", epoch \(epoch)" : "")
    if let ending { return "\(title): \(ending), \(place)" }
    let age = time.map { max(0, now - $0) } ?? 0
    // An evaluation or a start takes many steps' time, and says nothing meanwhile.
    let word = age > max(120, 20 * stepSeconds) ? "silent" : "training"
    return "\(title): \(word), \(place), last event \(WorkProgress.clock(age)) ago"
  }

  private var machine: [String] {
    guard let start else { return [] }
    let workers = ["ranks", "threads"].map { key in
      let number = start.integer(key) ?? 0
      return counted(number, String(key.dropLast()))
    }
    let hosts = start.lists["hosts"].map { " on \($0.joined(separator: ", "))" } ?? ""
    let facts = ["products", "precision", "processor"].compactMap { start.texts[$0] }
    return ["\(workers.joined(separator: " × "))\(hosts); \(facts.joined(separator: ", "))"]
  }

  private var ranks: [String] {
    guard start != nil else { return [] }
    let slow = stragglers.sorted { $0.key < $1.key }.map { rank, event in
      let speed = decimals(event.numbers["speed"] ?? .nan, 2)
      let cost = decimals(1_000 * (event.numbers["cost_seconds"] ?? .nan), 1)
      return "rank \(rank) computes at \(speed) of the others' speed, \(cost) ms a step"
    }
    return slow.isEmpty ? ["no rank is slower than the others"] : slow
  }

  private func incidents(_ now: Double) -> [String] {
    var lines: [String] = []
    if let checkpoint, let step = checkpoint.step {
      let age = checkpoint.time.map { ", \(WorkProgress.clock(max(0, now - $0))) ago" } ?? ""
      lines.append("checkpoint of step \(step)\(age)")
    }
    if let lastSkipped, let step = lastSkipped.step {
      let reason = lastSkipped.texts["reason"] ?? ""
      lines.append("\(counted(skipped, "step")) skipped, the last one \(step): \(reason)")
    }
    if let lastChanged, let step = lastChanged.step {
      let ranks = lastChanged.lists["ranks"]?.joined(separator: ", ") ?? ""
      lines.append("step \(step): weights had changed in the memory of rank \(ranks)")
    }
    return lines
  }

  private func line(of curve: Curve, columns: Int) -> String? {
    guard let last = curve.values.last else { return nil }
    let name = Terminal.cell(curve.name, columns: 20)
    let value = curve.words(last)
    let blanks = String(repeating: " ", count: max(0, 10 - value.count))
    let width = min(100, columns - 32)
    return "\(name)\(blanks)\(value)"
      + (width > 0 ? "  \(sparkline(curve.values, columns: width))" : "")
  }

  private static var noCurves: [Curve] {
    func loss(_ value: Double) -> String { decimals(value, 4) }
    func rate(_ value: Double) -> String { String(format: "%.2e", value) }
    func speed(_ value: Double) -> String { decimals(value, value < 10 ? 2 : 0) }
    return [
      Curve(name: "loss", event: "step", field: "loss", words: loss),
      Curve(name: "accuracy", event: "step", field: "accuracy", words: percent),
      Curve(name: "validation loss", event: "evaluation", field: "loss", words: loss),
      Curve(name: "validation accuracy", event: "evaluation", field: "accuracy", words: percent),
      Curve(name: "learning rate", event: "step", field: "learning_rate", words: rate),
      Curve(name: "gradient norm", event: "step", field: "grad_norm", words: rate),
      Curve(name: "samples/s", event: "step", field: "samples_per_second", words: speed),
    ]
  }
}

/// A curve in one line, from its smallest value to its largest.
///
/// - Parameters:
///   - values: one after the other; where there are more than columns, a column shows the mean of several.
///   - columns: the most columns, at least 1.
/// - Returns: a block for each column, `!` where a value is not finite.
package func sparkline(_ values: [Double], columns: Int) -> String {
  precondition(columns > 0, "a curve in \(columns) columns")
  let count = min(values.count, columns)
  let means = (0..<count).map { column in
    let part = values[column * values.count / count..<(column + 1) * values.count / count]
    return part.reduce(0, +) / Double(part.count)
  }
  let finite = means.filter(\.isFinite)
  guard let least = finite.min(), let greatest = finite.max() else {
    return String(repeating: "!", count: count)
  }
  let blocks: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  let last = blocks.count - 1
  return String(
    means.map { mean -> Character in
      if !mean.isFinite { return "!" }
      if least == greatest { return blocks[last / 2] }
      let share = (mean - least) / (greatest - least)
      return blocks[min(last, Int(share * Double(blocks.count)))]
    })
}
