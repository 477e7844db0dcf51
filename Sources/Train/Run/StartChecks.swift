package import Comm
package import Kernels

/// Checks for traps that a run makes before its first step, handed in by whoever starts it.
package protocol StartChecks {
  /// Asks every rank before it takes memory; collective.
  ///
  /// - Parameters:
  ///   - threads: workers of this rank.
  ///   - products: what will multiply.
  ///   - communication: the ranks.
  /// - Throws: `MPIError`.
  init(
    threads: Int, _ products: ProductLibrary, _ communication: CommunicationThread
  ) throws

  /// Lines for people, none where all is well.
  ///
  /// - Parameters:
  ///   - parts: the run.
  ///   - runDirectory: where it writes, opened by this rank.
  /// - Returns: a line for each trap.
  func lines(_ parts: TrainingParts, runDirectory: String) -> [String]
}
