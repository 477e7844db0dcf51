/// The scores of a classifier, from how often each class was taken for each.
///
/// - Note: They are those of scikit-learn's `accuracy_score`, `f1_score` and `matthews_corrcoef`.
package struct ClassificationScores: Sendable, Equatable {
  /// What was found of one class.
  package struct Class: Sendable, Equatable {
    /// Samples that have it.
    package let samples: Int
    /// Samples for which it was predicted.
    package let predicted: Int
    /// Samples of both kinds.
    package let correct: Int

    /// The counts of a class.
    package init(samples: Int, predicted: Int, correct: Int) {
      self.samples = samples
      self.predicted = predicted
      self.correct = correct
    }

    /// The share of the predictions of this class that is correct; 0 without any.
    package var precision: Double { predicted > 0 ? Double(correct) / Double(predicted) : 0 }

    /// The share of its samples that was found; 0 without any.
    package var recall: Double { samples > 0 ? Double(correct) / Double(samples) : 0 }

    /// The harmonic mean of precision and recall; 0 if the class does not occur.
    package var f1: Double {
      occurs ? Double(2 * correct) / Double(samples + predicted) : 0
    }

    /// Whether a sample has it or was said to have it.
    package var occurs: Bool { samples + predicted > 0 }
  }

  /// The classes, in the order of their numbers.
  package let classes: [Class]

  /// The number of samples.
  package let samples: Int

  /// The number of samples whose class was predicted.
  package let correct: Int

  /// Scores of at least one sample.
  ///
  /// - Parameter counts: a row for each class [C, C]: how often each class was predicted for samples of this one.
  package init(_ counts: [[Int]]) {
    precondition(
      counts.allSatisfy { $0.count == counts.count && $0.allSatisfy { $0 >= 0 } },
      "the counts are not \(counts.count) rows of \(counts.count) numbers from 0 on")
    self.init(
      counts.indices.map { label in
        Class(
          samples: counts[label].reduce(0, +), predicted: counts.reduce(0) { $0 + $1[label] },
          correct: counts[label][label])
      })
  }

  /// Scores of at least one sample.
  ///
  /// - Parameter classes: what was found of each class, in the order of their numbers [C].
  package init(_ classes: [Class]) {
    self.classes = classes
    samples = classes.reduce(0) { $0 + $1.samples }
    correct = classes.reduce(0) { $0 + $1.correct }
    precondition(samples > 0, "scores of 0 samples")
  }

  /// The share of samples whose class was predicted, 0 to 1.
  package var accuracy: Double { Double(correct) / Double(samples) }

  /// F1 of class 1 of two, the positive one, as GLUE has it; nil of any other number of classes.
  package var binaryF1: Double? { classes.count == 2 ? classes[1].f1 : nil }

  /// The mean F1 of the classes that occur as a label or as a prediction: each counts the same.
  package var macroF1: Double {
    let scores = classes.filter(\.occurs).map(\.f1)
    return scores.reduce(0, +) / Double(scores.count)
  }

  /// F1 over the samples of all classes together, which is the accuracy where each sample has one class.
  package var microF1: Double { accuracy }

  /// Matthews's correlation of labels and predictions, -1 to 1; 0 if all labels or all predictions are the same.
  ///
  /// - Note: Source: J. Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004.
  package var matthews: Double {
    func sum(_ term: (Class) -> Int) -> Int { classes.reduce(0) { $0 + term($1) } }
    let covariance = correct * samples - sum { $0.samples * $0.predicted }
    let labels = samples * samples - sum { $0.samples * $0.samples }
    let predictions = samples * samples - sum { $0.predicted * $0.predicted }
    if labels == 0 || predictions == 0 { return 0 }
    return Double(covariance) / (Double(labels) * Double(predictions)).squareRoot()
  }

  /// The most frequent class, of equal ones the first.
  package var majorityClass: Int {
    classes.indices.max { (classes[$0].samples, -$0) < (classes[$1].samples, -$1) } ?? 0
  }

  /// The accuracy of who always predicts the most frequent class: what every other is compared with.
  package var majorityShare: Double {
    Double(classes[majorityClass].samples) / Double(samples)
  }

  /// Whether the model predicts the same class for every sample although the set has others: its training has failed.
  package var isDegenerate: Bool {
    classes.count(where: { $0.predicted > 0 }) == 1 && classes.count(where: { $0.samples > 0 }) > 1
  }
}
