import CProducts

/// The peak rate of multiply-adds of one core, which waits for nothing: no matrix product is faster.
public enum MultiplyAddPeak {
  /// 10⁹ operations per second, in the best of several repetitions that take a few milliseconds in all.
  ///
  /// The vectors are the widest ones of the build's target.
  public static func gigaflops() -> Double {
    let rounds = 50_000
    var best = Duration.seconds(1_000)
    for _ in 0..<10 {
      let started = ContinuousClock.now
      let sum = cproducts_peak(rounds, 0.5, 1)
      best = min(best, started.duration(to: .now))
      // Every chain converges to 2, the fixed point of x / 2 + 1.
      precondition(sum == Float(2 * cproducts_peak_width * cproducts_peak_chains), "\(sum)")
    }
    let seconds = Double(best.components.attoseconds) * 1e-18 + Double(best.components.seconds)
    return Double(rounds * Int(cproducts_peak_operations)) / seconds / 1e9
  }
}
