package import Scoring

/// Tables of what an evaluation found by class, and of predictions, as CSV.
///
/// - Note: Source: RFC 4180. Lines end with CR LF; the first has the names of the columns.
package enum ClassTables {
  /// How often samples of each class were taken for each: rows are what they are, columns what was predicted.
  ///
  /// - Parameters:
  ///   - confusion: the counts.
  ///   - classes: the titles, in the order of their numbers.
  /// - Returns: UTF-8 text of classes + 1 lines.
  package static func confusion(_ confusion: ConfusionCounts, _ classes: [ClassResult]) -> [UInt8] {
    precondition(
      classes.count == confusion.classes, "\(classes.count) of \(confusion.classes) classes")
    var text = line(["true class"] + classes.map(\.title))
    for label in classes.indices {
      let counts = classes.indices.map { "\(confusion[label, $0])" }
      text += line([classes[label].title] + counts)
    }
    return Array(text.utf8)
  }

  /// A line for each class with the fields of ``ClassResult``; what does not apply is empty.
  package static func perClass(_ classes: [ClassResult]) -> [UInt8] {
    var text = line([
      "class", "name", "samples", "correct", "accuracy", "predicted", "mistaken_for",
      "mistaken_count",
    ])
    for row in classes {
      text += line([
        "\(row.label)", row.name ?? "", "\(row.samples)", "\(row.correct)",
        row.accuracy.map { "\($0)" } ?? "", "\(row.predicted)",
        row.mistakenFor.map { "\($0)" } ?? "", row.mistakenCount.map { "\($0)" } ?? "",
      ])
    }
    return Array(text.utf8)
  }

  /// The names of the columns of ``lines(of:)``.
  package static var predictionHeading: [UInt8] {
    Array(line(["file", "image", "rank", "class", "name", "probability"]).utf8)
  }

  /// One line for each class that is given for an image, the most probable first; fields that do not apply are empty.
  package static func lines(of prediction: Prediction) -> [UInt8] {
    var text = ""
    for (index, candidate) in prediction.classes.enumerated() {
      text += line([
        prediction.file, prediction.image.map { "\($0)" } ?? "", "\(index + 1)",
        "\(candidate.label)", candidate.name ?? "", "\(candidate.probability)",
      ])
    }
    return Array(text.utf8)
  }

  /// The fields of a line, in quotes where they hold a comma, a quote or the end of a line.
  private static func line(_ fields: [String]) -> String {
    fields.map { field in
      let needsQuotes = field.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
      return needsQuotes ? "\"\(field.replacing("\"", with: "\"\""))\"" : field
    }.joined(separator: ",") + "\r\n"
  }
}
