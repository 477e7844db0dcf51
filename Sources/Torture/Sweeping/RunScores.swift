import Configuration
import Foundation
import Model
import Platform
import Scoring

/// A number by which models of a task are compared, besides the loss.
enum ScoreName: String, CaseIterable {
  case accuracy
  case f1
  case macroF1 = "macro_f1"
  case matthews = "matthews_correlation"
  case exactMatch = "exact_match"

  /// Its name in tables and plots.
  var title: String {
    switch self {
    case .accuracy: "accuracy"
    case .f1: "F1"
    case .macroF1: "macro F1"
    case .matthews: "Matthews"
    case .exactMatch: "EM"
    }
  }

  /// A correlation is no share: it may be negative.
  private var isShare: Bool { self != .matthews }

  /// The unit of ``shown(_:)``, for people.
  var unit: String { isShare ? "%" : "" }

  /// `value` as people are shown it: shares in percent.
  func shown(_ value: Double) -> Double { isShare ? 100 * value : value }

  /// `value` for a cell of a table.
  func cell(_ value: Double) -> String {
    isShare ? String(format: "%.2f %%", 100 * value) : String(format: "%.4f", value)
  }
}

/// What `evaluate --json` says of the last weights of a run: scores that evaluations during training do not have.
///
/// It is kept in `evaluation.json` beside the run's metrics.
struct RunScores {
  /// The scores by the keys of ``ScoreName``, each a share from 0 to 1 or a correlation.
  let values: [String: Double]

  /// Whether a run of this configuration is to be evaluated after its end.
  static func applies(to configuration: TrainingConfiguration) -> Bool {
    configuration.task.predictionFormat != nil
  }

  /// The path of the file for the run in `directory`.
  static func path(in directory: String) -> String { "\(directory)/evaluation.json" }

  /// Scores of answers, in percent.
  private struct Answers: Decodable {
    let exactMatch: Double
    let f1: Double
  }

  /// The fields that count here.
  private struct Fields: Decodable {
    let weightsSha256: String
    let accuracy: Double?
    let answers: Answers?
    let f1: Double?
    let macroF1: Double?
    let matthewsCorrelation: Double?
  }

  /// Reads the scores of the weights with the digest `weights`, which the run in `directory` ended with.
  ///
  /// - Returns: nil if there are none yet, or those of other weights.
  /// - Throws: ``CommandError`` for a file that is not ours.
  init?(of weights: String, in directory: String) throws(CommandError) {
    let path = Self.path(in: directory)
    guard let bytes = FileManager.default.contents(atPath: path) else { return nil }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    guard let fields = try? decoder.decode(Fields.self, from: bytes) else {
      throw CommandError(
        "\(path): is not an evaluation; remove it and sweep again", exitCode: .badData)
    }
    guard fields.weightsSha256 == weights else { return nil }
    let answers = fields.answers
    let found: [(ScoreName, Double?)] = [
      // Of answers it counts windows, which is nothing to compare models by.
      (.accuracy, answers == nil ? fields.accuracy : nil),
      (.f1, answers.map { $0.f1 / 100 } ?? fields.f1), (.macroF1, fields.macroF1),
      (.matthews, fields.matthewsCorrelation), (.exactMatch, answers.map { $0.exactMatch / 100 }),
    ]
    values = found.reduce(into: [:]) { values, score in values[score.0.rawValue] = score.1 }
  }
}

/// A score of one variant over its seeds.
public struct VariantScore: Sendable, Encodable {
  /// What is scored: `accuracy`, `f1`, `macro_f1`, `matthews_correlation` or `exact_match`.
  public let metric: String
  /// The middle score; of an even number the mean of the two in the middle.
  public let median: Double
  /// The mean score.
  public let mean: Double
  /// The lowest score.
  public let minimum: Double
  /// The highest score.
  public let maximum: Double
  /// The standard deviation of the sample; nil of one run.
  public let standardDeviation: Double?

  /// The summary of `summary`, the scores by `metric`.
  init(_ metric: ScoreName, _ summary: SeedSummary) {
    self.metric = metric.rawValue
    median = summary.median
    mean = summary.mean
    minimum = summary.minimum
    maximum = summary.maximum
    standardDeviation = summary.standardDeviation
  }
}
