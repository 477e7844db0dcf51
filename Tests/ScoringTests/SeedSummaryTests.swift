import Testing

@testable import Scoring

@Suite("Several seeds")
struct SeedSummaryTests {
  private struct Entry: Decodable {
    let scores: [Double]
    let median, mean: Double
    let deviation: Double?
  }

  @Test("Median, mean and deviation are those of Python's statistics")
  func reference() throws {
    for entry in try Fixture.decode("seeds.json", as: [Entry].self) {
      let summary = SeedSummary(scores: entry.scores)
      #expect(summary.median == entry.median)
      #expect(isNear(summary.mean, entry.mean))
      #expect(summary.minimum == entry.scores.min() && summary.maximum == entry.scores.max())
      #expect((summary.standardDeviation == nil) == (entry.deviation == nil))
      if let ours = summary.standardDeviation, let theirs = entry.deviation {
        #expect(isNear(ours, theirs))
      }
    }
  }

  @Test("The standard error of 90 % of 872 samples is 1.0 point")
  func standardErrors() {
    #expect(abs(standardError(ofShare: 0.9, samples: 872) - 0.01016) < 0.00001)
    #expect(standardError(ofShare: 1, samples: 872) == 0)
  }

  @Test("A difference below two standard errors is none")
  func differences() {
    func verdict(_ one: [Double], _ other: [Double]) -> ScoreDifference.Verdict {
      ScoreDifference(
        SeedSummary(scores: one), SeedSummary(scores: other), samples: 10_000
      ).verdict
    }
    // 0.5 points of 10,000 samples at one half.
    #expect(verdict([0.509], [0.5]) == .none)
    #expect(verdict([0.511], [0.5]) == .better)
    #expect(verdict([0.5], [0.511]) == .worse)
    #expect(verdict([1], [1]) == .none)
    // What seeds differ by hides the same difference.
    #expect(verdict([0.46, 0.562], [0.5, 0.5]) == .none)
    let difference = ScoreDifference(
      SeedSummary(scores: [0.8, 0.9]), SeedSummary(scores: [0.7]), samples: 100)
    #expect(isNear(difference.difference, 0.15))
    // The set's variance at 0.775, and 0.005 / 2 of the two seeds.
    #expect(isNear(difference.sigma, (0.775 * 0.225 / 100 + 0.0025).squareRoot()))
  }
}
