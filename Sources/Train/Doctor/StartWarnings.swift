internal import Comm
internal import Datasets
internal import Kernels

/// The real traps that the doctor's quick checks find, told at the start of every run.
struct StartWarnings {
  private let told: [Told]

  /// What a rank tells: facts, or why it has none.
  private struct Told: Sendable, Codable {
    var facts: RankFacts?
    var fault: String?
  }

  /// Asks every rank before it takes memory; collective, a few milliseconds.
  ///
  /// - Parameters:
  ///   - threads: workers of this rank.
  ///   - communication: the ranks.
  /// - Throws: `MPIError`.
  init(threads: Int, _ communication: CommunicationThread) throws {
    var own = Told()
    do {
      try BLAS.prepare()
      own.facts = try RankFacts(threads: threads, communication)
    } catch {
      own.fault = "\(error)"
    }
    told = try communication.tell(own)
  }

  /// Lines for people, none where all is well.
  ///
  /// - Parameters:
  ///   - parts: the run.
  ///   - runDirectory: where it writes, opened by this rank.
  /// - Returns: a line for each trap.
  func lines(_ parts: TrainingParts, runDirectory: String) -> [String] {
    if let fault = told.compactMap(\.fault).first {
      return ["warning: the checks of the start could not be made: \(fault)"]
    }
    let needs = RunNeeds(
      parts.configuration, parts.model, ranks: parts.communication.size,
      sharesMemory: parts.shared != nil,
      dataBytes: parts.trainingSet.memoryBytes + parts.testSet.memoryBytes,
      steps: parts.coordinator.steps)
    let examination = Examination(
      ranks: told.compactMap(\.facts), needs: needs, storage: RunStorage(runDirectory))
    return Doctor.quickChecks.flatMap { $0.findings(examination) }
      .filter { $0.verdict == .fail }
      .map { "warning: \($0.check): \($0.text)" }
  }
}
