import Configuration
import Foundation
import Mathematics
import Model
import Reporting
import Scoring

/// The runs of a sweep side by side.
public struct SweepTable: Sendable, Encodable {
  /// A variant, over its seeds.
  public struct Row: Sendable, Encodable {
    /// Its name.
    public let variant: String
    /// The number of parameters.
    public let parameters: Int
    /// The finished runs.
    public let runs: Int
    /// The runs that ended because their numbers were no longer finite.
    public let diverged: Int
    /// Of text with classes: the finished runs that say one class of all samples, and so have learned nothing.
    ///
    /// Their numbers are among the others: without them the rest would look better than the next run will be.
    public let failed: Int?
    /// The scores of the task over the finished runs; empty if loss and accuracy are all there is.
    public let scores: [VariantScore]
    /// The mean of their final losses in nats; nil until one is finished.
    public let loss: Double?
    /// Half the difference between their largest and smallest loss, of two runs or more.
    public let lossSpread: Double?
    /// Of text: e to the power of the mean loss.
    public let perplexity: Double?
    /// The mean of their accuracies, 0 to 1.
    public let accuracy: Double?
    /// Half the difference between their largest and smallest accuracy, of two runs or more.
    public let accuracySpread: Double?
    /// The mean accuracy of their averaged weights; nil if none are kept.
    public let emaAccuracy: Double?
    /// Half the difference between the largest and the smallest of these.
    public let emaAccuracySpread: Double?

    /// The summary of `metric`; nil if no run has it.
    func score(_ metric: ScoreName) -> VariantScore? {
      scores.first { $0.metric == metric.rawValue }
    }
  }

  /// A row a variant, in the order of the sweep.
  public let rows: [Row]
  /// Every run.
  public let runs: [SweepResult]

  /// Reads what the runs of `sweep` have left in `folder`.
  ///
  /// - Parameters:
  ///   - sweep: whose runs they are.
  ///   - folder: where they lie.
  /// - Throws: as ``SweepResult`` does.
  public init(_ sweep: Sweep, in folder: String) throws {
    try self.init(sweep, in: folder, comparing: SweepInputs())
  }

  /// Reads the same; `inputs` are the weights and data that the sweep names.
  init(_ sweep: Sweep, in folder: String, comparing inputs: SweepInputs) throws {
    let runs = try sweep.runs.map { try SweepResult($0, in: folder, comparing: inputs) }
    self.runs = runs
    let task = sweep.runs.first?.configuration.task
    rows = sweep.variants.map { variant in
      let all = runs.filter { $0.variant == variant.name }
      let ends = all.compactMap(\.last)
      let losses = ends.map(\.loss)
      let averaged = ends.compactMap(\.emaAccuracy)
      let loss = Self.mean(losses)
      return Row(
        variant: variant.name, parameters: all.first?.parameters ?? 0, runs: ends.count,
        diverged: all.count { $0.diverged }, failed: Self.failed(all), scores: Self.scores(all),
        loss: loss, lossSpread: Self.spread(losses),
        perplexity: loss.flatMap {
          task?.metrics(loss: $0).first { $0.name == "perplexity" }?.value
        },
        accuracy: Self.mean(ends.map(\.accuracy)),
        accuracySpread: Self.spread(ends.map(\.accuracy)),
        emaAccuracy: Self.mean(averaged), emaAccuracySpread: Self.spread(averaged))
    }
  }

  /// The table in Markdown; columns that no row fills are left out.
  public var markdown: String {
    let columns = Self.columns.filter { column in rows.contains { column.cell($0) != nil } }
    let heads = ["variant", "parameters", "runs"] + columns.map(\.head)
    let lines = rows.map { row in
      let diverged = row.diverged > 0 ? ", \(row.diverged) diverged" : ""
      let failed = row.failed.map { $0 > 0 ? ", \($0) failed" : "" } ?? ""
      let runs = "\(row.runs)\(failed)\(diverged)"
      return [MarkdownTable.cell(row.variant), "\(row.parameters)", runs]
        + columns.map { $0.cell(row) ?? "" }
    }
    return ([Self.table(heads, lines)] + scoreTable).joined(separator: "\n\n")
  }

  /// The scores over the seeds, a line for each variant and score; none if the task has no more than accuracy.
  private var scoreTable: [String] {
    var lines: [[String]] = []
    for row in rows {
      for metric in metrics {
        guard let score = row.score(metric) else { continue }
        let numbers = [score.median, score.mean, score.minimum, score.maximum].map(metric.cell)
        let failed = row.failed.map { "\($0)" } ?? ""
        lines.append(
          [MarkdownTable.cell(row.variant), metric.title, failed] + numbers
            + [score.standardDeviation.map(metric.cell) ?? ""])
      }
    }
    let heads = ["variant", "score", "failed", "median", "mean", "lowest", "highest", "σ"]
    return lines.isEmpty ? [] : [Self.table(heads, lines)]
  }

  /// A table whose first column is of words.
  private static func table(_ heads: [String], _ lines: [[String]]) -> String {
    let rule = ["---"] + heads.dropFirst().map { _ in "---:" }
    return ([heads, rule] + lines).map { "| " + $0.joined(separator: " | ") + " |" }
      .joined(separator: "\n")
  }

  /// The scores that any run has.
  var metrics: [ScoreName] {
    ScoreName.allCases.filter { metric in
      rows.contains { $0.score(metric) != nil }
    }
  }

  /// What is shown of a row beside its name, parameters and runs.
  private static let columns: [(head: String, cell: @Sendable (Row) -> String?)] = [
    ("loss", { $0.loss.map { String(format: "%.4f", $0) } }),
    ("±", { $0.lossSpread.map { String(format: "%.4f", $0) } }),
    ("perplexity", { $0.perplexity.map { String(format: "%.2f", $0) } }),
    ("accuracy", { $0.accuracy.map(percent) }),
    ("±", { $0.accuracySpread.map(percent) }),
    ("accuracy, averaged weights", { $0.emaAccuracy.map(percent) }),
    ("±", { $0.emaAccuracySpread.map(percent) }),
  ]

  private static func percent(_ share: Double) -> String { String(format: "%.2f %%", 100 * share) }

  private static func failed(_ runs: [SweepResult]) -> Int? {
    let known = runs.compactMap(\.failed)
    return known.isEmpty ? nil : known.count { $0 }
  }

  private static func scores(_ runs: [SweepResult]) -> [VariantScore] {
    ScoreName.allCases.compactMap { metric in
      let values = runs.compactMap { $0.scores?[metric.rawValue] }
      return values.isEmpty ? nil : VariantScore(metric, SeedSummary(scores: values))
    }
  }

  private static func spread(_ values: [Double]) -> Double? {
    guard values.count > 1, let most = values.max(), let least = values.min() else { return nil }
    return (most - least) / 2
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
