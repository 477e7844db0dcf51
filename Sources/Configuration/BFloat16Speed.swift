import Kernels
import Platform

/// How fast oneDNN multiplies bf16 here, beside fp32.
package enum BFloat16Speed: Sendable, Codable {
  /// Not at all: by instructions that this processor, or this build, does not have.
  case none
  /// At about half the rate.
  case slower
  /// At twice the rate, or more.
  case faster
}

extension BFloat16Speed {
  /// By a table, not a measurement: all ranks on one type of processor have to come to the same.
  ///
  /// - Note: Source: measured on Zen 5 and Emerald Rapids, see docs/performance.md.
  package init(hasInstructions: Bool, hasTiles: Bool, isAMD: Bool) {
    self = if !hasInstructions { .none } else { hasTiles || isAMD ? .faster : .slower }
  }

  /// On this processor.
  package static var here: BFloat16Speed {
    BFloat16Speed(
      hasInstructions: BFloat16.isFast, hasTiles: BFloat16.hasTiles, isAMD: BuildTarget.isOnAMD)
  }
}
