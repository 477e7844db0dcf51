import Configuration
import Foundation
import Kernels
import Train

/// Which kernels the libraries have chosen for matrix products, and what this processor could do.
struct KernelFacts: Sendable, Codable, Hashable {
  /// Those of OpenBLAS.
  var library: LibraryKernels
  /// The core that `OPENBLAS_CORETYPE` asks for; nil where the user has not set it.
  var askedCore: String?
  /// Whether the program has started again for better kernels.
  var restart: KernelChoice.Outcome
  /// How fast the processor multiplies bf16.
  var bf16: BFloat16Speed
}

extension KernelFacts {
  /// What is the case here.
  init() {
    library = LibraryKernels()
    askedCore = ProcessInfo.processInfo.environment[KernelChoice.variable]
    restart = KernelChoice.restart
    bf16 = .here
  }
}
