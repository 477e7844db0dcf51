import Testing

@testable import Train

@Suite("Remarks at the start")
struct StartRemarksTests {
  @Test("Samples after the last whole batch of an epoch are reported with their number")
  func unusedSamples() {
    #expect(StartRemarks.unusedSamples(of: 60_000, batchSize: 100) == nil)
    #expect(
      StartRemarks.unusedSamples(of: 1_438, batchSize: 64)?.hasPrefix("30 of 1438 samples are")
        == true)
    #expect(
      StartRemarks.unusedSamples(of: 65, batchSize: 64)?.hasPrefix("1 of 65 samples is") == true)
  }

  @Test("A stop that never comes is reported")
  func lateStop() {
    #expect(StartRemarks.lateStop(after: nil, steps: 6) == nil)
    #expect(StartRemarks.lateStop(after: 5, steps: 6) == nil)
    for stop in [6, 9] {
      #expect(
        StartRemarks.lateStop(after: stop, steps: 6)
          == "--stop-after \(stop) has no effect: the run has 6 steps")
    }
  }
}
