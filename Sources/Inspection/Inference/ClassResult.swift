package import Scoring

/// What an evaluation found of the samples of one class.
public struct ClassResult: Sendable, Equatable, Encodable {
  /// The number of the class.
  public let label: Int
  /// Its name, if names are known.
  public let name: String?
  /// Samples that have it.
  public let samples: Int
  /// Those of them for which it was predicted.
  public let correct: Int
  /// Their share (recall), 0 to 1; nil without samples.
  public let accuracy: Double?
  /// Samples of any class for which it was predicted.
  public let predicted: Int
  /// The class for which its samples were most often mistaken, of equal ones the lowest number.
  public let mistakenFor: Int?
  /// How often that was.
  public let mistakenCount: Int?

  /// The name, or without one the number.
  public var title: String { name ?? "\(label)" }

  private enum CodingKeys: String, CodingKey {
    case label = "class"
    case name, samples, correct, accuracy, predicted, mistakenFor, mistakenCount
  }
}

extension ClassResult {
  /// The results of all classes in the order of their numbers; `names` are those of the first classes.
  package static func all(_ confusion: ConfusionCounts, names: [String]?) -> [ClassResult] {
    confusion.rows.enumerated().map { label, row in
      ClassResult(
        label: label, name: label < names?.count ?? 0 ? names?[label] : nil, samples: row.samples,
        correct: row.correct, accuracy: row.accuracy, predicted: row.predicted,
        mistakenFor: row.mistakenFor, mistakenCount: row.mistakenFor.map { _ in row.mistakenCount })
    }
  }

  /// The mean accuracy of the classes that have samples: each counts the same, however many it has.
  package static func macroAccuracy(_ classes: [ClassResult]) -> Double {
    let known = classes.compactMap(\.accuracy)
    return known.reduce(0, +) / Double(max(known.count, 1))
  }

  /// The `count` classes of lowest accuracy, the worst first, of equal ones the lower number; none without samples.
  package static func worst(_ count: Int, of classes: [ClassResult]) -> [ClassResult] {
    let known = classes.filter { $0.samples > 0 }
    return Array(
      known.sorted { one, other in
        // In whole numbers: 1 of 3 is not worse than 2 of 6.
        let (left, right) = (one.correct * other.samples, other.correct * one.samples)
        return (left, one.label) < (right, other.label)
      }.prefix(count))
  }
}
