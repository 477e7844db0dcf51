internal import Foundation
internal import Kernels

/// Which kernels the libraries have chosen for matrix products, and what this processor could do.
struct KernelFacts: Sendable, Codable, Hashable {
  /// How fast the processor multiplies bf16, beside fp32.
  enum BFloat16Speed: Sendable, Codable {
    /// Not at all: by instructions that this processor, or this build, does not have.
    case none
    /// At about half the rate.
    case slower
    /// At twice the rate, or more.
    case faster
  }

  /// Those of OpenBLAS.
  var library: LibraryKernels
  /// The core that `OPENBLAS_CORETYPE` asks for; nil where the user has not set it.
  var askedCore: String?
  /// Whether the program has started again for better kernels.
  var restart: KernelChoice.Restart
  /// How fast the processor multiplies bf16.
  var bf16: BFloat16Speed
}

extension KernelFacts {
  /// What is the case here.
  init() {
    library = LibraryKernels()
    askedCore = ProcessInfo.processInfo.environment[KernelChoice.variable]
    restart = KernelChoice.restart
    bf16 = Self.bf16Here
  }

  /// How fast this processor multiplies bf16.
  static var bf16Here: BFloat16Speed {
    speed(
      hasInstructions: BFloat16.isFast, hasTiles: BFloat16.hasTiles, isAMD: BuildTarget.isOnAMD)
  }

  /// A table, not a measurement: all ranks of one processor type have to come to the same.
  ///
  /// - Note: Source: measured on Zen 5 and Emerald Rapids, see docs/performance.md.
  static func speed(hasInstructions: Bool, hasTiles: Bool, isAMD: Bool) -> BFloat16Speed {
    if !hasInstructions { return .none }
    return hasTiles || isAMD ? .faster : .slower
  }
}
