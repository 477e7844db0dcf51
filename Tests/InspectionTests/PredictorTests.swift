import Inspection
import Testing

@Suite("Predictor")
struct PredictorTests {
  @Test("It takes the threads that find a processor, and one at least")
  func threads() {
    #expect(Predictor.threads(for: 96, quota: nil) == 96)
    #expect(Predictor.threads(for: 96, quota: 4) == 4)
    #expect(Predictor.threads(for: 96, quota: 2.5) == 2)
    #expect(Predictor.threads(for: 2, quota: 8) == 2)
    #expect(Predictor.threads(for: 2, quota: 0.5) == 1)
  }
}
