import Configuration
import Foundation
import Hardware
import Kernels
import Model
import Threading
import Train

/// Which kernels the libraries have chosen for matrix products, and what this processor could do.
struct KernelFacts: Sendable, Codable, Hashable {
  /// Those of OpenBLAS.
  var library: LibraryKernels
  /// The core that `OPENBLAS_CORETYPE` asks for; nil if the user has not set it.
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

/// What one core reaches in matrix products of fp32, beside its own fused multiply-adds.
struct ProductRates: Sendable, Codable, Equatable {
  /// What a library reaches.
  struct Rate: Sendable, Codable, Equatable {
    /// Its name, as in "OpenBLAS".
    var library: String
    /// 10⁹ operations a second.
    var gigaflops: Double
  }

  /// 10⁹ operations a second that the processor could do.
  var peak: Double
  /// What each library does of them.
  var libraries: [Rate]
  /// The share of the time for which the thread had a processor while it measured.
  var processorShare = 1.0

  /// Whether others had the processor for a part of the time, so that low rates say little.
  var areDisturbed: Bool { processorShare < 0.9 }

  /// The share of ``peak`` that `library` reaches; nil if it was not measured.
  func share(of library: String) -> Double? {
    libraries.first { $0.library == library }.map { $0.gigaflops / peak }
  }
}

extension ProductRates {
  /// A product that caches hold.
  private static let product = MatrixProduct(rows: 256, columns: 256, terms: 256)

  /// The most rounds.
  private static let rounds = 8

  /// The seconds after which a round does no further product of a library.
  private static let limit = 0.05

  /// Measures on this thread, in less than 0.1 s unless one product of a library takes longer.
  ///
  /// Other work on the core makes everything slower for a while. So products and multiply-adds take
  /// turns, each for less than the system leaves one thread alone, and the best of each counts.
  ///
  /// - Parameters:
  ///   - libraries: some of this build.
  ///   - duration: the time after which no further round starts.
  /// - Returns: the best of several rounds; of one at least, however busy the core is.
  static func measured(
    _ libraries: [ProductLibrary] = ProductLibrary.available,
    duration: Duration = .milliseconds(50)
  ) -> ProductRates {
    var rates = ProductRates(
      peak: 0, libraries: libraries.map { Rate(library: $0.name, gigaflops: 0) })
    let started = ContinuousClock.now
    let processorSeconds = ThreadTime.seconds
    for round in 0..<rounds where round == 0 || started.duration(to: .now) < duration {
      rates.peak = max(rates.peak, MultiplyAddPeak.gigaflops())
      for (index, library) in libraries.enumerated() {
        let measured = GemmMeasurement(of: product, .fp32, by: library, seconds: 0, limit: limit)
        rates.libraries[index].gigaflops = max(
          rates.libraries[index].gigaflops, measured.gigaflops)
      }
    }
    rates.processorShare =
      (ThreadTime.seconds - processorSeconds) / started.duration(to: .now).seconds
    return rates
  }
}
