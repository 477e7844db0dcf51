import Configuration
import Foundation
import Inspection
import Reporting

/// The file to which `predict` writes the classes of images: CSV with a line for each class that is shown, or an object
/// of JSON on a line for each image.
///
/// It grows with the predictions, and appears when all inputs were tried.
struct PredictionTable {
  /// The endings of names that it takes.
  static let suffixes = ["csv", "jsonl"]

  private let draft: ResultDraft
  private let isCSV: Bool

  /// Begins the file; nil if none is wanted.
  ///
  /// - Throws: ``CommandError`` (74) if no file can be written there.
  init?(_ path: String?) throws(CommandError) {
    guard let path else { return nil }
    draft = try ResultFile(path).draft()
    isCSV = EvaluationTables.suffix(of: path) == "csv"
    if isCSV { try draft.add(ClassTables.predictionHeading) }
  }

  /// Adds what was said of the next images.
  ///
  /// - Throws: ``CommandError`` (74), `EncodingError`.
  func add(_ predictions: [Prediction]) throws {
    var bytes: [UInt8] = []
    for prediction in predictions {
      if isCSV {
        bytes += ClassTables.lines(of: prediction)
      } else {
        bytes += try JSONText.encode(prediction)
        bytes.append(UInt8(ascii: "\n"))
      }
    }
    try draft.add(bytes)
  }

  /// Gives the file its name.
  ///
  /// - Throws: ``CommandError`` (74).
  func finish() throws(CommandError) { try draft.finish() }
}
