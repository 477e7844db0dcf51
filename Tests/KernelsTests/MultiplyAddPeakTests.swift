import Platform
import Testing

@testable import Kernels

@Suite("The peak of multiply-adds")
struct MultiplyAddPeakTests {
  @Test("The vectors are the processor's widest, for any build")
  func width() {
    #if arch(x86_64)
      let floats =
        BuildTarget.processorHas(["avx512f"])
        ? 16 * 20 : BuildTarget.processorHas(["avx2", "fma"]) ? 8 * 12 : 4 * 12
    #else
      let floats = 4 * 20
    #endif
    #expect(MultiplyAddPeak.loop.floats == floats)
    let rate = MultiplyAddPeak.gigaflops()
    #expect(rate > 0 && rate.isFinite)
  }

  @Test("Each chain begins at its number and goes halfway to 2 in a round")
  func chains() {
    let (floats, run) = MultiplyAddPeak.loop
    for (rounds, factor, addend) in [(0, Float(0.5), Float(1)), (1, 0.5, 1), (3, 0.25, 2)] {
      var expected: Float = 0
      let width = floats.isMultiple(of: 16 * 20) ? 16 : floats == 96 ? 8 : 4
      for chain in 0..<floats / width {
        var sum = addend + Float(chain)
        for _ in 0..<rounds { sum = sum * factor + addend }
        expected += sum * Float(width)
      }
      #expect(run(rounds, factor, addend) == expected, "\(rounds) rounds")
    }
  }
}
