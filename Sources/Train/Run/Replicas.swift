import Comm
import Kernels
import Optimization

/// The ranks' copies of the weights: compared in every step, and repaired from one that is right.
final class Replicas {
  private let communication: CommunicationThread
  private let weights: FloatBuffer
  private let report: Report
  /// Ranks in words.
  private let name: (Int) -> String
  private let repairs: Bool
  /// Whether the weights are those that were updated; nil if they are not compared.
  private var check: ReplicaCheck?
  /// How often weights were repaired recently, the same on all ranks.
  private var record = RepairRecord()

  /// The replicas of a run; without `check` they are not compared.
  init(
    _ check: ReplicaCheck?, of weights: FloatBuffer, repairs: Bool,
    _ communication: CommunicationThread, _ report: Report, name: @escaping (Int) -> String
  ) {
    self.check = check
    self.weights = weights
    self.repairs = repairs
    self.communication = communication
    self.report = report
    self.name = name
  }

  /// Whether they are compared.
  var areCompared: Bool { check != nil }

  /// Records the checksum of the owned weights after the update.
  func note(_ checksum: UInt64) { check?.note(checksum) }

  /// Adds to `rankReport` the checksums of the weights that this rank has updated and computed with.
  ///
  /// - Throws: `ThreadError` if the system grants no thread, or what has ended the communication.
  func sign(_ rankReport: inout RankReport, _ arriving: ArrivingWeights) throws {
    guard let check else { return }
    (rankReport.updatedSum, rankReport.usedSum) = try check.sums(of: weights, arriving)
  }

  /// Gives ranks whose weights have changed without an update those of another rank.
  ///
  /// Every rank calls it with the reports of all.
  ///
  /// - Throws: ``TrainingError/weightsChanged(_:)`` on all ranks if no correct copy is left, or none
  ///   is wanted; ``TrainingError/memoryFails(_:)`` if a rank's were repaired too often.
  /// - Returns: whether some were wrong and are repaired; the step then has to be repeated.
  func repair(_ reports: [RankReport], step: Int) throws -> Bool {
    guard let check else { return false }
    let wrong = check.wrongRanks(reports)
    if wrong.isEmpty { return false }
    let right = reports.indices.first { !wrong.contains($0) }
    let names = wrong.map(name).joined(separator: ", ")
    let place =
      check.isShared
      ? "that all ranks share, in the part of \(names)" : "in the memory of \(names)"
    let text = "step \(step): weights have changed \(place)"
    let failing = wrong.filter { record.note($0, step: step) }
    let isWanted = repairs && !check.isShared
    let source = isWanted && failing.isEmpty ? right : nil
    report.weightsChanged(wrong, step: step, repaired: source != nil)
    if isWanted, let first = failing.first {
      throw TrainingError.memoryFails(
        "step \(step): weights have changed in the memory of \(name(first)) "
          + "for the \(RepairRecord.maximum + 1)th time within \(RepairRecord.window) steps")
    }
    guard let source else { throw TrainingError.weightsChanged(text) }
    report.warn("\(text); they are taken from rank \(source); test that memory")
    // Ranks that share a copy all receive the same bytes into it.
    try communication.perform { [weights] communicator in
      try weights.withMutableSpan(0..<weights.count) {
        try communicator.broadcast(&$0, from: source)
      }
    }
    return true
  }
}

/// How often the weights of each rank were repaired recently.
///
/// A memory cell that keeps flipping its bit would make a step repeat forever.
struct RepairRecord: Sendable {
  /// The most repairs of one rank within ``window`` steps; at the next one its memory counts as faulty.
  static let maximum = 3
  /// The steps after which a repair no longer counts.
  static let window = 100

  /// The steps in which each rank was repaired.
  private var steps: [Int: [Int]] = [:]

  /// Records that the weights of `rank` were wrong in `step`.
  ///
  /// - Returns: whether that was too often for another repair.
  mutating func note(_ rank: Int, step: Int) -> Bool {
    let recent = steps[rank, default: []].filter { $0 > step - Self.window } + [step]
    steps[rank] = recent
    return recent.count > Self.maximum
  }
}
