package import Comm
package import Configuration
import Datasets
import Hardware
package import Kernels
import Model
import Planning
package import Train

/// What the doctor's quick checks find, as far as every run prints it at its start: real problems, and
/// warnings of checks that ask for that.
package struct StartWarnings: StartChecks {
  private let told: [Told]

  /// A rank's facts, or why it has none.
  private struct Told: Sendable, Codable {
    var facts: RankFacts?
    var products: ProductRates?
    var fault: String?
  }

  /// Asks every rank before it takes memory; collective, some 0.1 s.
  ///
  /// - Parameters:
  ///   - threads: workers of this rank.
  ///   - products: what will multiply.
  ///   - communication: the ranks.
  /// - Throws: `MPIError`.
  package init(
    threads: Int, _ products: ProductLibrary, _ communication: CommunicationThread
  ) throws {
    var own = Told()
    do {
      try products.prepare(workers: threads)
      let facts = try RankFacts(threads: threads, products, communication)
      own.facts = facts
      if Self.measures(products, facts.kernels.library) {
        let rates = ProductRates.measured([products])
        // A start has no time to find out who else computes here.
        own.products = rates.areDisturbed ? nil : rates
      }
    } catch {
      own.fault = "\(error)"
    }
    told = try communication.tell(own)
  }

  /// Whether the speed of `products` is looked at: of kernels that are known to be poor there is a line already.
  static func measures(_ products: ProductLibrary, _ kernels: LibraryKernels) -> Bool {
    !(products == .openblas && kernels.arePoor)
  }

  /// Lines for people, none if all is well.
  ///
  /// - Parameters:
  ///   - parts: the run.
  ///   - runDirectory: where it writes, opened by this rank.
  /// - Returns: a line for each.
  package func lines(_ parts: TrainingParts, runDirectory: String) -> [String] {
    if let fault = told.compactMap(\.fault).first {
      return ["warning: the checks at the start could not be made: \(fault)"]
    }
    let needs = RunNeeds(
      parts.configuration, parts.model, ranks: parts.communication.size,
      sharesMemory: parts.shared != nil, ranksOfHosts: parts.ranksOfHosts,
      dataBytes: parts.trainingSet.memoryBytes + parts.testSet.memoryBytes,
      steps: parts.coordinator.steps)
    var examination = Examination(
      ranks: told.compactMap(\.facts), needs: needs, storage: RunStorage(runDirectory))
    examination.bfloat16Products = parts.configuration.bfloat16Products
    examination.usesOpenBLAS = parts.model.products.usesOpenBLAS
    examination.notes = parts.configuration.notes(
      workers: parts.communication.size * parts.configuration.train.threads,
      steps: parts.coordinator.steps, stepsPerEpoch: parts.coordinator.stepsPerEpoch)
    examination.measurements = told.map { RankMeasurement(products: $0.products) }
    let checks = Doctor.quickChecks + [ProductsCheck()]
    return checks.flatMap { Self.lines($0, $0.findings(examination)) }
  }

  private static func lines<Check: DoctorCheck>(
    _ check: Check, _ findings: [Finding]
  ) -> [String] {
    findings
      .filter { $0.verdict == .fail || Check.tellsWarningsAtStart && $0.verdict == .warn }
      .map { "warning: \($0.check): \($0.text)" }
  }

  /// The messages about this process's kernels, if nothing else is checked.
  ///
  /// - Parameter configuration: resolved.
  /// - Returns: a line for each fault.
  package static func ofKernels(for configuration: TrainingConfiguration) -> [String] {
    let check = KernelsCheck()
    return lines(
      check,
      check.findings(
        KernelFacts(), "this process", bfloat16Products: configuration.bfloat16Products,
        usesOpenBLAS: configuration.train.products.library.usesOpenBLAS))
  }
}
