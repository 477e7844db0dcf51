/// How well the confidence of a classifier agrees with its accuracy.
///
/// The confidence in a prediction is its probability by softmax. Bin m of M = 15 holds the samples whose
/// confidence is in ((m - 1) / M, m / M]. With n_m samples in it, n in all, the share acc_m of those that are
/// right and their mean confidence conf_m, the expected calibration error is
///
///     ECE = Σ (n_m / n) · |acc_m - conf_m|
///
/// Confidences are added as whole multiples of 2⁻³², so that any order gives the same bits. That moves the
/// error by 2⁻³³ at most.
///
/// - Note: Source: Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017,
///   arXiv:1706.04599, section 2.
package struct Calibration: Sendable, Equatable {
  /// The samples whose confidence is between two borders.
  private struct Bin: Sendable, Equatable {
    var samples: Int64 = 0
    var correct: Int64 = 0
    /// The sum of their confidences, in ``unit``.
    var confidence: Int64 = 0
  }

  /// The number of bins, M.
  package static let binCount = 15

  /// What the confidence 1 counts.
  private static let unit: Int64 = 1 << 32

  private var bins = [Bin](repeating: Bin(), count: Self.binCount)

  /// No samples.
  package init() {}

  /// Adds a sample.
  ///
  /// - Parameters:
  ///   - confidence: above 0 and at most 1; what is not a number counts as 0, for then the loss is none either.
  ///   - isCorrect: whether the class was found.
  package mutating func add(confidence: Double, isCorrect: Bool) {
    precondition(!(confidence < 0 || confidence > 1), "the confidence \(confidence)")
    let confidence = confidence.isNaN ? 0 : confidence
    let bin = max(0, Int((confidence * Double(Self.binCount)).rounded(.up)) - 1)
    bins[bin].samples += 1
    bins[bin].correct += isCorrect ? 1 : 0
    bins[bin].confidence += Int64((confidence * Double(Self.unit)).rounded())
  }

  /// The expected calibration error, 0 to 1; 0 without samples.
  package var expectedError: Double {
    share(bins.reduce(0) { $0 + abs($1.correct * Self.unit - $1.confidence) })
  }

  /// The mean confidence, 0 to 1; 0 without samples.
  package var meanConfidence: Double {
    share(bins.reduce(0) { $0 + $1.confidence })
  }

  /// Of each bin that has samples their mean confidence and accuracy: the points of a reliability diagram.
  package var reliability: [(confidence: Double, accuracy: Double)] {
    bins.filter { $0.samples > 0 }.map { bin in
      let samples = Double(bin.samples)
      return (
        confidence: Double(bin.confidence) / Double(Self.unit) / samples,
        accuracy: Double(bin.correct) / samples
      )
    }
  }

  /// A sum over samples, in ``unit``, as a mean.
  private func share(_ sum: Int64) -> Double {
    let samples = bins.reduce(0) { $0 + $1.samples }
    return Double(sum) / Double(Self.unit) / Double(max(samples, 1))
  }
}

extension Calibration {
  /// How many ``words`` there are.
  package static let wordCount = 3 * binCount

  /// The sums as numbers to be sent.
  package var words: [Int64] { bins.flatMap { [$0.samples, $0.correct, $0.confidence] } }

  /// Adds the sums that ``words`` gave.
  package mutating func add(words: some RandomAccessCollection<Int64>) {
    let words = Array(words)
    precondition(words.count == Self.wordCount, "\(words.count) words of \(Self.wordCount)")
    for bin in bins.indices {
      bins[bin].samples += words[3 * bin]
      bins[bin].correct += words[3 * bin + 1]
      bins[bin].confidence += words[3 * bin + 2]
    }
  }
}
