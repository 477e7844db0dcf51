import Testing

@testable import Inspection

@Suite("Unigram baseline")
struct UnigramBaselineTests {
  @Test("The shares of the most frequent token and of the five most frequent")
  func shares() {
    let baseline = UnigramBaseline(counts: [4: 50, 9: 20, 2: 10, 1: 8, 7: 6, 3: 4, 8: 2])
    #expect(baseline.accuracy == 0.5 && baseline.accuracyTop5 == 0.94)
    #expect(UnigramBaseline(counts: [:]).accuracy == 0)
  }
}
