import Scoring
import Testing

@Suite("Calibration")
struct CalibrationTests {
  @Test("The calibration error of six samples, by hand")
  func byHand() {
    var calibration = Calibration()
    // Bin 10 of 15 goes from 0.6 to 0.667: one of two is right. Bin 14 from 0.867 to 0.933: two of three.
    for (confidence, isCorrect) in [
      (0.625, true), (0.65625, false), (0.875, true), (0.90625, true), (0.90625, false), (1, true),
    ] { calibration.add(confidence: confidence, isCorrect: isCorrect) }
    let expected = (abs(1 - (0.625 + 0.65625)) + abs(2 - (0.875 + 2 * 0.90625)) + 0) / 6
    #expect(calibration.expectedError == expected)
    #expect(calibration.meanConfidence == (0.625 + 0.65625 + 0.875 + 2 * 0.90625 + 1) / 6)
    #expect(Calibration().expectedError == 0)
  }

  @Test("A reliability diagram has the mean confidence and the accuracy of each bin with samples")
  func reliability() {
    var calibration = Calibration()
    for (confidence, isCorrect) in [(0.625, true), (0.65625, false), (1, true)] {
      calibration.add(confidence: confidence, isCorrect: isCorrect)
    }
    let points = calibration.reliability
    #expect(points.map(\.confidence) == [0.640625, 1] && points.map(\.accuracy) == [0.5, 1])
    #expect(Calibration().reliability.isEmpty)
  }

  @Test("A confidence on a border belongs to the bin below it")
  func borders() {
    // In one bin the two errors cancel out, in two they do not.
    for (confidence, cancels) in [(0.2, true), (0.2.nextUp, false)] {
      var calibration = Calibration()
      calibration.add(confidence: 0.15, isCorrect: false)
      calibration.add(confidence: confidence, isCorrect: true)
      let apart = (0.15 + 0.8) / 2
      let together = (1 - 0.35) / 2
      #expect(abs(calibration.expectedError - (cancels ? together : apart)) < 1e-9)
    }
  }
}
