import Datasets
import Files
import Foundation
import Inspection
import Reporting
import Train

extension EvaluationResult {
  /// The worst classes that people are shown.
  private static let shownClasses = 10

  /// The result for people, in lines of at most 80 columns where samples have classes.
  var text: String {
    var lines = [summary] + textScores
    if let answers { lines += Self.lines(answers) }
    if let classes, let macroAccuracy, let calibrationError, let meanConfidence {
      lines.append(
        "mean over classes \(Numbers.percent(macroAccuracy)), calibration error "
          + "\(Numbers.percent(calibrationError)) (mean confidence "
          + "\(Numbers.percent(meanConfidence)))")
      if predictedClasses == 1 && classes.count(where: { $0.samples > 0 }) > 1 {
        let verdict = majorityShare == nil ? "" : ": its training has failed"
        lines.append("warning: the model \(Report.collapse)\(verdict)")
      }
      lines += Self.table(classes)
    }
    return lines.joined(separator: "\n")
  }

  /// What follows the accuracy of texts with classes.
  private var textScores: [String] {
    guard let macroF1, let matthewsCorrelation, let majorityShare else { return [] }
    let positive = f1.map { "F1 of class 1 \(Numbers.percent($0)), " } ?? ""
    return [
      "\(positive)macro F1 \(Numbers.percent(macroF1)), "
        + String(format: "Matthews %.4f", matthewsCorrelation),
      "always the most frequent class: \(Numbers.percent(majorityShare))",
    ]
  }

  /// The scores of answers, which are in percent already.
  private static func lines(_ answers: AnswerResult) -> [String] {
    func score(_ percent: Double) -> String { String(format: "%.2f %%", percent) }
    func part(_ title: String, _ part: AnswerResult.Part) -> String {
      "\(title): exact match \(score(part.exactMatch)), F1 \(score(part.f1)) of "
        + Numbers.counted(part.questions, "question")
    }
    func best(_ title: String, _ best: AnswerResult.Best) -> String {
      "best \(title) \(score(best.score)) (no-answer threshold \(best.threshold))"
    }
    let lines: [String?] = [
      "exact match \(score(answers.exactMatch)), F1 \(score(answers.f1)) of "
        + Numbers.counted(answers.questions, "question"),
      answers.hasAnswer.map { part("with an answer", $0) },
      answers.noAnswer.map { part("without one", $0) },
      answers.bestExactMatch.map { best("exact match", $0) },
      answers.bestF1.map { best("F1", $0) },
    ]
    return lines.compactMap(\.self)
  }

  private var summary: String {
    var parts = [
      String(format: "loss %.4f", loss), "accuracy \(Numbers.percent(accuracy))",
    ]
    if let accuracyTop5 {
      parts.append("top 5 \(Numbers.percent(accuracyTop5))")
    } else if let classes {
      parts.append("no top 5 (\(counted(classes.count, "class", "classes")))")
    }
    if let perplexity, let predictions, let unigramAccuracy, let unigramAccuracyTop5 {
      parts.insert(String(format: "perplexity %.2f", perplexity), at: 1)
      parts.append(
        "of \(Numbers.grouped(predictions)) hidden tokens (always the most frequent: "
          + "\(Numbers.percent(unigramAccuracy)), top 5 \(Numbers.percent(unigramAccuracyTop5)))")
    }
    let sentence = parts.joined(separator: ", ").replacing(", of ", with: " of ")
    return sentence
      + " of \(Numbers.grouped(samples)) \(split.rawValue) samples in "
      + String(format: "%.1f s", seconds)
  }

  /// The worst classes, each with what its samples are most often taken for.
  private static func table(_ classes: [ClassResult]) -> [String] {
    let worst = ClassResult.worst(shownClasses, of: classes)
    let title = worst.count < classes.count ? "worst of \(classes.count) classes" : "class"
    return [row(title, "accuracy", "samples", "most often taken for")]
      + worst.map { row in
        let name = row.name.map { "\(row.label) \($0)" } ?? "\(row.label)"
        return Self.row(
          name, row.accuracy.map(Numbers.percent) ?? "", Numbers.grouped(row.samples),
          mistake(row, among: classes))
      }
  }

  private static func mistake(_ row: ClassResult, among classes: [ClassResult]) -> String {
    guard let label = row.mistakenFor, let count = row.mistakenCount else { return "" }
    let times = " (\(counted(count, "time")))"
    // Without the blanks that would fill the column.
    let other = classes[label].name.map { "\(label) \($0)" } ?? "\(label)"
    let shown = Terminal.cell(other, columns: max(8, 27 - times.count))
    return String(shown.reversed().drop { $0 == " " }.reversed()) + times
  }

  /// A line of the table: 26, 10, 12, and 2 with 27 columns.
  private static func row(
    _ name: String, _ accuracy: String, _ samples: String, _ mistake: String
  ) -> String {
    func right(_ text: String, _ columns: Int) -> String {
      String(repeating: " ", count: max(1, columns - text.count)) + text
    }
    let line =
      Terminal.cell(name, columns: 26) + right(accuracy, 11) + right(samples, 12) + "  " + mistake
    return String(line.reversed().drop { $0 == " " }.reversed())
  }
}
