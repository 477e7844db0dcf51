/// How often samples of each class were taken for each class.
///
/// Whole numbers, so that the counts of any parts of a set add up to the same in any order. Only pairs that
/// occurred take memory: a thousand classes have a million.
package struct ConfusionCounts: Sendable, Equatable {
  /// What is known of one class.
  package struct Row: Sendable, Equatable {
    /// Samples that have it.
    package var samples = 0
    /// Those of them that were found.
    package var correct = 0
    /// How often it was said, of samples of any class.
    package var predicted = 0
    /// What its samples were most often mistaken for, of equal ones the lowest number; nil without a mistake.
    package var mistakenFor: Int?
    /// How often that was said of them.
    package var mistakenCount = 0

    /// The share of its samples that was found (recall); nil without samples.
    package var accuracy: Double? { samples > 0 ? Double(correct) / Double(samples) : nil }
  }

  /// The number of classes.
  package let classes: Int

  /// By label · classes + predicted class; none is zero.
  private var counts: [Int: Int] = [:]

  /// No samples of `classes` classes.
  package init(classes: Int) {
    precondition(classes > 0, "\(classes) classes")
    self.classes = classes
  }

  /// Counts `times` samples of class `label` for which `predicted` was said.
  package mutating func add(label: Int, predicted: Int, times: Int = 1) {
    requireClasses(label, predicted)
    precondition(times > 0, "\(times) samples")
    counts[label * classes + predicted, default: 0] += times
  }

  /// How often `predicted` was said of samples of class `label`.
  package subscript(label: Int, predicted: Int) -> Int {
    requireClasses(label, predicted)
    return counts[label * classes + predicted] ?? 0
  }

  /// What is known of each class, in the order of their numbers.
  package var rows: [Row] {
    var rows = [Row](repeating: Row(), count: classes)
    for (pair, count) in counts.sorted(by: { $0.key < $1.key }) {
      let (label, predicted) = pair.quotientAndRemainder(dividingBy: classes)
      rows[label].samples += count
      rows[predicted].predicted += count
      if label == predicted {
        rows[label].correct = count
      } else if count > rows[label].mistakenCount {
        rows[label].mistakenFor = predicted
        rows[label].mistakenCount = count
      }
    }
    return rows
  }

  /// The number of classes that were said of any sample.
  package var predictedClasses: Int { Set(counts.keys.map { $0 % classes }).count }

  /// Whether one class was said of all samples, although they have several: nothing was learned but that class.
  package var hasCollapsed: Bool {
    predictedClasses == 1 && Set(counts.keys.map { $0 / classes }).count > 1
  }

  private func requireClasses(_ label: Int, _ predicted: Int) {
    precondition(
      0..<classes ~= label && 0..<classes ~= predicted,
      "classes \(label) and \(predicted) of \(classes)")
  }
}

extension ConfusionCounts {
  /// The counts as numbers to be sent: pair and count, in the order of the pairs.
  var words: [Int64] {
    counts.sorted { $0.key < $1.key }.flatMap { [Int64($0.key), Int64($0.value)] }
  }

  /// Adds the counts that ``words`` of the same number of classes gave.
  mutating func add(words: some RandomAccessCollection<Int64>) {
    let words = Array(words)
    precondition(words.count.isMultiple(of: 2), "\(words.count) words of pairs")
    for place in stride(from: 0, to: words.count, by: 2) {
      let (label, predicted) = Int(words[place]).quotientAndRemainder(dividingBy: classes)
      add(label: label, predicted: predicted, times: Int(words[place + 1]))
    }
  }
}
