import Mathematics
import Randomness

/// Shares from the distribution Beta(α, α), each a pure function of a random key.
///
/// - Note: Source: M. D. Jöhnk, "Erzeugung von betaverteilten und gammaverteilten Zufallszahlen", Metrika 8, 1964, for
///   α < 1; G. Marsaglia and W. W. Tsang, "A Simple Method for Generating Gamma Variables", ACM TOMS 26, 2000, for
///   α > 1.
struct BetaDistribution: Equatable {
  /// α > 0; 1 is the uniform distribution.
  let alpha: Double

  /// How many random numbers a share may need; successive draws are spaced by it.
  static let draws = 256

  /// Attempts before the share is given as one half; the chance of needing more is below 10⁻¹⁸.
  private static let attempts = 64

  init(alpha: Double) {
    precondition(alpha > 0, "the distribution Beta(\(alpha), \(alpha))")
    self.alpha = alpha
  }

  /// A share in 0...1 with 24 bits after the point, from the numbers of `key` from `index` on.
  func share(key: RandomKey, at index: Int) -> Float {
    if alpha == 1 { return key.uniform(index) }
    let value = alpha < 1 ? johnk(key, index) : gammaRatio(key, index)
    return Float((value * 0x1p24).rounded(.toNearestOrEven) * 0x1p-24)
  }

  private func johnk(_ key: RandomKey, _ index: Int) -> Double {
    for attempt in 0..<Self.attempts {
      let first = logarithm(key.positiveUniform(index + 2 * attempt)) / alpha
      let second = logarithm(key.positiveUniform(index + 2 * attempt + 1)) / alpha
      if exponential(first) + exponential(second) > 1 { continue }
      // From logarithms, as both may be too small to have a sum.
      return 1 / (1 + exponential(second - first))
    }
    return 0.5
  }

  private func gammaRatio(_ key: RandomKey, _ index: Int) -> Double {
    guard let first = gamma(key, index), let second = gamma(key, index + Self.draws / 2) else {
      return 0.5
    }
    return first / (first + second)
  }

  /// A number of the gamma distribution with the shape ``alpha`` > 1.
  private func gamma(_ key: RandomKey, _ index: Int) -> Double? {
    let d = alpha - 1 / 3
    let c = 1 / (9 * d).squareRoot()
    for attempt in 0..<Self.attempts {
      let normal = key.normal(index + 2 * attempt)
      let root = 1 + c * normal
      if root <= 0 { continue }
      let cube = root * root * root
      let draw = logarithm(key.positiveUniform(index + 2 * attempt + 1))
      if draw < 0.5 * normal * normal + d - d * cube + d * logarithm(cube) { return d * cube }
    }
    return nil
  }
}

extension RandomKey {
  /// A uniform number in 0...1 without 0, so that its logarithm is finite.
  fileprivate func positiveUniform(_ index: Int) -> Double {
    (Double(words(index).x) + 1) * 0x1p-32
  }
}
