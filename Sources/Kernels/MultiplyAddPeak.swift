import CProducts
import Platform

/// The peak rate of multiply-adds of one core, which waits for nothing: no matrix product is faster.
///
/// The vectors are the widest ones of this processor. Those of the build may be narrower.
public enum MultiplyAddPeak {
  /// 10⁹ operations per second, in the best of several repetitions that take a few milliseconds in all.
  public static func gigaflops() -> Double {
    let rounds = 50_000
    let (floats, run) = loop
    var best = Duration.seconds(1_000)
    for _ in 0..<10 {
      let started = ContinuousClock.now
      let sum = run(rounds, 0.5, 1)
      best = min(best, started.duration(to: .now))
      // Every chain converges to 2, the fixed point of x / 2 + 1.
      precondition(sum == Float(2 * floats), "\(sum) of \(floats) chains")
    }
    let seconds = Double(best.components.attoseconds) * 1e-18 + Double(best.components.seconds)
    return Double(2 * rounds * floats) / seconds / 1e9
  }

  /// The number of floats that a round multiplies, and what does a number of rounds.
  static var loop: (floats: Int, run: (Int, Float, Float) -> Float) {
    #if arch(x86_64)
      if BuildTarget.processorHas(["avx512f"]) {
        return (Int(cproducts_peak_avx512_floats), { cproducts_peak_avx512($0, $1, $2) })
      }
      if BuildTarget.processorHas(["avx2", "fma"]) {
        return (Int(cproducts_peak_avx2_floats), { cproducts_peak_avx2($0, $1, $2) })
      }
    #endif
    return (Int(cproducts_peak_least_floats), { cproducts_peak_least($0, $1, $2) })
  }
}
