import Configuration
import Testing

@testable import Optimization

@Suite("The decay of averaged weights")
struct AverageDecayTests {
  @Test("With warm-up the averaged weights of a short run have forgotten their first ones")
  func warmup() {
    let plain = AverageDecay(limit: 0.9998, warmup: .none)
    let warm = AverageDecay(limit: 0.9998, warmup: .counts)
    #expect(abs(plain.shareOfFirst(after: 3_466) - 0.5) < 1e-3)
    #expect(warm.shareOfFirst(after: 66) < 1e-6)
    #expect(warm.decay(ofUpdate: 1) == 2.0 / 11 && warm.decay(ofUpdate: 1_000_000) == 0.9998)
    #expect(plain.decay(ofUpdate: 1) == 0.9998)
    // timm's get_decay(step) with warm-up, steps 1, 2, 10 and 1000; its page has 0.999 after 31.6 K.
    let timm = AverageDecay(limit: 0.9998, warmup: .timm)
    for (update, decay) in [(1, 0), (2, 0.37003947505256), (10, 0.78455653099681), (1000, 0.99)] {
      #expect(abs(timm.decay(ofUpdate: update) - decay) < 1e-12, "\(update)")
    }
    #expect(abs(timm.decay(ofUpdate: 31_623) - 0.999) < 1e-6)
    #expect(timm.decay(ofUpdate: 1_000_000) == 0.9998)
  }
}
