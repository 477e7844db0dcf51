import Mathematics

/// The scores of several runs that differ in their seed alone.
package struct SeedSummary: Sendable, Equatable {
  /// The scores, in the order of the runs.
  package let scores: [Double]

  /// How many of the runs have failed: they predict one class for every sample (``ClassificationScores/isDegenerate``).
  ///
  /// Their scores are among the others: leaving them out would make the rest look better than a new run will be.
  package let failedRuns: Int

  /// A summary of at least one run.
  package init(scores: [Double], failedRuns: Int = 0) {
    precondition(!scores.isEmpty, "a summary of 0 runs")
    precondition(0...scores.count ~= failedRuns, "\(failedRuns) of \(scores.count) runs failed")
    self.scores = scores
    self.failedRuns = failedRuns
  }

  /// The middle score; of an even number the mean of the two in the middle.
  package var median: Double { scores.median }

  /// The mean score.
  package var mean: Double { scores.reduce(0, +) / Double(scores.count) }

  /// The lowest score.
  package var minimum: Double { scores.reduce(.infinity) { min($0, $1) } }

  /// The highest score.
  package var maximum: Double { scores.reduce(-.infinity) { max($0, $1) } }

  /// The standard deviation of the sample, with n - 1 in the denominator; nil of one run.
  package var standardDeviation: Double? {
    guard scores.count > 1 else { return nil }
    let mean = mean
    let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(scores.count - 1)).squareRoot()
  }
}

/// The standard error of the share `share` of `samples`: how far a test set of this size may be off by chance.
///
/// It also bounds the error of the mean of any scores from 0 to 1, such as F1.
///
/// - Parameters:
///   - share: an accuracy, 0 to 1.
///   - samples: the size of the test set.
/// - Returns: the standard error, 0 to 0.5.
package func standardError(ofShare share: Double, samples: Int) -> Double {
  precondition(0...1 ~= share && samples > 0, "a share of \(share) of \(samples) samples")
  return (share * (1 - share) / Double(samples)).squareRoot()
}

/// How two models compare on one test set, each with several seeds.
package struct ScoreDifference: Sendable, Equatable {
  /// What may be said of it.
  package enum Verdict: Sendable {
    /// The difference is below two standard errors.
    case none
    /// The first model is better.
    case better
    /// The first model is worse.
    case worse
  }

  /// The mean score of the first model minus that of the second.
  package let difference: Double

  /// The standard error of the difference: that of the test set, and that of each mean over seeds.
  package let sigma: Double

  /// Compares the scores, each 0 to 1, of two models.
  ///
  /// The test set counts once, as both answer the same samples. One run says nothing of its spread over seeds.
  ///
  /// - Parameters:
  ///   - first: the scores of the first model.
  ///   - second: those of the second.
  ///   - samples: the size of the test set.
  package init(_ first: SeedSummary, _ second: SeedSummary, samples: Int) {
    difference = first.mean - second.mean
    let ofSet = standardError(ofShare: (first.mean + second.mean) / 2, samples: samples)
    let ofSeeds = [first, second].map { summary in
      summary.standardDeviation.map { $0 * $0 / Double(summary.scores.count) } ?? 0
    }
    sigma = (ofSet * ofSet + ofSeeds[0] + ofSeeds[1]).squareRoot()
  }

  /// What may be said: a difference below 2 σ is none.
  package var verdict: Verdict {
    if abs(difference) < 2 * sigma || difference == 0 { return .none }
    return difference > 0 ? .better : .worse
  }
}
