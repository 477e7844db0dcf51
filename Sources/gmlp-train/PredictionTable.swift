import Configuration
import Foundation
import Inspection
import Reporting

/// The file to which `predict` writes the classes of images: CSV with a line for each class that is shown, or an object
/// of JSON on a line for each image.
///
/// It is written in one piece when all inputs were tried.
struct PredictionTable {
  /// The endings of names that it takes.
  static let suffixes = ["csv", "jsonl"]

  private let file: ResultFile
  private let isCSV: Bool
  private var bytes: [UInt8] = []

  /// Looks at the place of the file; nil if none is wanted.
  ///
  /// - Throws: ``CommandError`` (74) if no file can be written there.
  init?(_ path: String?) throws(CommandError) {
    guard let path else { return nil }
    file = try ResultFile(path)
    isCSV = EvaluationTables.suffix(of: path) == "csv"
    if isCSV { bytes = ClassTables.predictionHeading }
  }

  /// Adds what was said of the next image.
  ///
  /// - Throws: `EncodingError`.
  mutating func add(_ prediction: Prediction) throws {
    if isCSV {
      bytes += ClassTables.lines(of: prediction)
    } else {
      bytes += try JSONText.encode(prediction)
      bytes.append(UInt8(ascii: "\n"))
    }
  }

  /// Writes the file.
  ///
  /// - Throws: ``CommandError`` (74).
  func write() throws(CommandError) { try file.write(bytes) }
}
