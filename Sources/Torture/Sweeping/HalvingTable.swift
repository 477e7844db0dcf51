import Configuration
import Foundation
import Reporting

/// How far each variant of a sweep with halving has come.
public struct HalvingTable: Sendable, Encodable {
  /// A variant, over its seeds.
  public struct Row: Sendable, Encodable {
    /// Its name.
    public let variant: String
    /// The mean of what its runs had reached at each rung that all of them have come to.
    public let values: [Double]
    /// Its runs that ended because their numbers were no longer finite.
    public let diverged: Int
    /// The steps of its runs together.
    public let steps: Int
    /// The seconds of its runs together.
    public let seconds: Double
  }

  /// What variants are compared by: `accuracy` or `loss`.
  public let metric: String
  /// The comparisons.
  public let rungs: [Halving.Rung]
  /// A row a variant, the best first: those that came further, then the better ones.
  public let rows: [Row]
  /// The steps of all runs so far.
  public let steps: Int
  /// The steps of all runs at the end.
  public let plannedSteps: Int
  /// The seconds of all runs so far.
  public let seconds: Double
  /// Whether nothing is left to train.
  public let isFinished: Bool

  /// Reads what the runs of `sweep` have left in `folder`.
  ///
  /// - Parameters:
  ///   - sweep: whose runs they are.
  ///   - halving: the sweep's.
  ///   - folder: where they lie.
  /// - Throws: as ``SweepResult`` does.
  public init(_ sweep: Sweep, _ halving: Halving, in folder: String) throws {
    self.init(sweep, halving, try SweepTable(sweep, in: folder).runs)
  }

  /// The table of runs with these results.
  init(_ sweep: Sweep, _ halving: Halving, _ results: [SweepResult]) {
    let progress = HalvingProgress(halving, variants: sweep.variants.map(\.name), results)
    let unordered = sweep.variants.map { variant in
      let runs = progress.results.filter { $0.variant == variant.name }
      let times = runs.map { RunTime(of: $0.directory) }
      return Row(
        variant: variant.name, values: progress.values(of: variant.name),
        diverged: runs.count { $0.diverged }, steps: times.reduce(0) { $0 + $1.steps },
        seconds: times.reduce(0) { $0 + $1.seconds })
    }
    rows = unordered.indices.sorted { one, other in
      let (first, second) = (unordered[one].values, unordered[other].values)
      if first.count != second.count { return first.count > second.count }
      guard let value = first.last, let rival = second.last, value != rival else {
        return one < other
      }
      return halving.metric.isBetter(value, than: rival)
    }.map { unordered[$0] }
    metric = halving.metric.rawValue
    rungs = halving.rungs
    steps = rows.reduce(0) { $0 + $1.steps }
    plannedSteps = halving.steps
    seconds = rows.reduce(0) { $0 + $1.seconds }
    isFinished = progress.isFinished
  }

  /// The seconds that are left if all steps take as long as those so far; nil before the first.
  public var secondsLeft: Double? {
    steps > 0 ? Double(max(0, plannedSteps - steps)) * seconds / Double(steps) : nil
  }

  /// The table in Markdown, and a line about all of it.
  public var markdown: String {
    let heads = ["variant"] + rungs.map { "\(metric), \($0.steps) steps" } + ["time"]
    let lines = rows.map { row in
      let values = rungs.indices.map { $0 < row.values.count ? cell(row.values[$0]) : "" }
      let name = MarkdownTable.cell(row.variant) + (row.diverged > 0 ? " (diverged)" : "")
      return [name] + values + [WorkProgress.clock(row.seconds)]
    }
    let rule = ["---"] + heads.dropFirst().map { _ in "---:" }
    let table = ([heads, rule] + lines).map { "| " + $0.joined(separator: " | ") + " |" }
    return (table + ["", summary]).joined(separator: "\n")
  }

  private var summary: String {
    let comparisons = rungs.map { "\($0.variants) after \($0.steps)" }.joined(separator: ", ")
    let best = isFinished ? rows.first.map { "; the best is \($0.variant)" } ?? "" : ""
    return
      "\(steps) of \(plannedSteps) steps in \(WorkProgress.clock(seconds)); variants compared: "
      + "\(comparisons)\(best)"
  }

  private func cell(_ value: Double) -> String {
    metric == BestMetric.accuracy.rawValue
      ? String(format: "%.2f %%", 100 * value) : String(format: "%.4f", value)
  }
}

/// What has been compared, by what the runs have left: nothing else is kept between two starts.
struct HalvingProgress {
  private let halving: Halving
  private let variants: [String]
  /// What each run has reached.
  let results: [SweepResult]

  /// The progress of runs with these results.
  ///
  /// - Parameters:
  ///   - halving: the plan.
  ///   - variants: their names in the order of the sweep.
  ///   - results: those of all runs.
  init(_ halving: Halving, variants: [String], _ results: [SweepResult]) {
    self.halving = halving
    self.variants = variants
    self.results = results
  }

  /// The variants that come to a rung, if all before it are over.
  func candidates(of rung: Int) -> [String] {
    (0..<rung).reduce(variants) { names, earlier in
      halving.promoted(names.map { ($0, value(of: $0, at: earlier)) }, from: earlier)
    }
  }

  /// The mean over the runs of a variant at a rung; nil if one has not come to it.
  private func value(of variant: String, at rung: Int) -> Double? {
    let runs = results.filter { $0.variant == variant }
    let points = runs.compactMap { run in
      run.evaluations.first { $0.step == halving.rungs[rung].steps }
    }
    guard !runs.isEmpty, points.count == runs.count else { return nil }
    let values = points.map { halving.metric == .loss ? $0.loss : $0.accuracy }
    return values.reduce(0, +) / Double(values.count)
  }

  /// The means of a variant at the rungs that it has come to.
  func values(of variant: String) -> [Double] {
    var values: [Double] = []
    for rung in halving.rungs.indices {
      guard let value = value(of: variant, at: rung) else { break }
      values.append(value)
    }
    return values
  }

  /// Whether a run has nothing left to do at a rung.
  func isOver(_ result: SweepResult, at rung: Int) -> Bool {
    if rung == halving.rungs.count - 1 { return result.isOver }
    return result.diverged
      || result.evaluations.contains { $0.step >= halving.rungs[rung].steps }
  }

  /// Whether all runs that come to the last rung are over.
  var isFinished: Bool {
    let last = halving.rungs.count - 1
    // Candidates of a rung are known once all before it is done: what has come to the end says so.
    guard results.contains(where: { $0.last != nil }) else { return false }
    let finalists = Set(candidates(of: last))
    return results.filter { finalists.contains($0.variant) }.allSatisfy { isOver($0, at: last) }
  }
}
