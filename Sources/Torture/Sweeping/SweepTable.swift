import Configuration
import Foundation
import Mathematics
import Model
import Reporting

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
    /// The mean of their final losses in nats; nil until one is finished.
    public let loss: Double?
    /// Half the difference between their largest and smallest loss, of two runs or more.
    public let lossSpread: Double?
    /// Of text: e to the power of the mean loss.
    public let perplexity: Double?
    /// The mean of their accuracies, 0 to 1.
    public let accuracy: Double?
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
    let runs = try sweep.runs.map { try SweepResult($0, in: folder) }
    self.runs = runs
    let task = sweep.runs.first?.configuration.task
    rows = sweep.variants.map { variant in
      let all = runs.filter { $0.variant == variant.name }
      let ends = all.compactMap(\.last)
      let losses = ends.map(\.loss)
      let loss = Self.mean(losses)
      return Row(
        variant: variant.name, parameters: all.first?.parameters ?? 0, runs: ends.count,
        diverged: all.count { $0.diverged }, loss: loss, lossSpread: Self.spread(losses),
        perplexity: loss.flatMap {
          task?.metrics(loss: $0).first { $0.name == "perplexity" }?.value
        },
        accuracy: Self.mean(ends.map(\.accuracy)))
    }
  }

  /// The table in Markdown.
  public var markdown: String {
    let heads = """
      | variant | parameters | runs | loss | ± | perplexity | accuracy |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: |
      """
    let lines = rows.map { row in
      let numbers = [
        row.loss.map { String(format: "%.4f", $0) },
        row.lossSpread.map { String(format: "%.4f", $0) },
        row.perplexity.map { String(format: "%.2f", $0) },
        row.accuracy.map { String(format: "%.2f %%", 100 * $0) },
      ].map { $0 ?? "" }
      let diverged = row.diverged > 0 ? ", \(row.diverged) diverged" : ""
      return "| \(MarkdownTable.cell(row.variant)) | \(row.parameters) | \(row.runs)\(diverged) | "
        + numbers.joined(separator: " | ") + " |"
    }
    return ([heads] + lines).joined(separator: "\n")
  }

  private static func spread(_ values: [Double]) -> Double? {
    guard values.count > 1, let most = values.max(), let least = values.min() else { return nil }
    return (most - least) / 2
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }
}
