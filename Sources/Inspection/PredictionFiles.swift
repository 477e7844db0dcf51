package import Configuration
import Platform
import Scoring

/// The files of predictions that official scripts read.
///
/// Beside answers lie the files that BERT's `run_squad.py` writes with them.
package struct PredictionFiles: Sendable {
  private static let candidatesName = "nbest_predictions.json"
  private static let nullOddsName = "null_odds.json"

  private let predictions: ResultFile
  /// The best answers to each question; nil for classes.
  private let candidates: ResultFile?
  /// How much no answer is preferred, written where some questions have none; nil for classes.
  private let nullOdds: ResultFile?

  /// Checks that the files can be written; those that are there will be replaced.
  ///
  /// - Parameters:
  ///   - path: that of the predictions.
  ///   - format: what they are.
  /// - Throws: ``CommandError``: 74 for a place that takes no file, 64 for the name of a file beside it.
  package init(_ path: String, _ format: PredictionFormat) throws(CommandError) {
    predictions = try ResultFile(path)
    guard format == .answers else {
      (candidates, nullOdds) = (nil, nil)
      return
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    if [Self.candidatesName, Self.nullOddsName].contains(String(path.dropFirst(folder.count))) {
      throw CommandError(
        "--predictions \(path): a file of this name is written next to it; choose another name",
        exitCode: .usage)
    }
    candidates = try ResultFile(folder + Self.candidatesName)
    nullOdds = try ResultFile(folder + Self.nullOddsName)
  }

  /// Writes what was predicted, each file in one piece; the predictions last.
  ///
  /// Null odds of an earlier evaluation are removed where this one has none.
  ///
  /// - Throws: ``CommandError``: 74 where the disk refuses, 65 for a class whose name the format cannot hold.
  /// - Returns: a line for each file that was written or removed.
  package func write(_ found: SetPredictions) throws(CommandError) -> [String] {
    switch found {
    case .classes(let rows):
      let text: String
      do throws(ScoringError) {
        text = try PredictionFile.classes(rows)
      } catch {
        throw CommandError("\(predictions.path): \(error)", exitCode: .badData)
      }
      return [try Self.write(text, to: predictions, "predictions")]
    case .answers(let answers):
      let odds = answers.compactMap { question in
        question.answer.nullOdds.map { (id: question.id, odds: $0) }
      }
      var lines: [String] = []
      // First, so that no other file of this evaluation is ever beside it.
      if odds.isEmpty, let nullOdds, try nullOdds.remove() {
        lines.append("removed, as it is of an earlier evaluation: \(nullOdds.path)")
      }
      if let candidates {
        let text = PredictionFile.bestCandidates(answers.map { ($0.id, $0.answer) })
        lines.append(try Self.write(text, to: candidates, "best answers"))
      }
      if let nullOdds, !odds.isEmpty {
        lines.append(try Self.write(PredictionFile.nullOdds(odds), to: nullOdds, "null odds"))
      }
      let text = PredictionFile.predictions(answers.map { ($0.id, $0.text) })
      return [try Self.write(text, to: predictions, "predictions")] + lines
    }
  }

  private static func write(
    _ text: String, to file: ResultFile, _ title: String
  ) throws(CommandError) -> String {
    try file.write(Array(text.utf8))
    return "\(title): \(file.path)"
  }
}
