public import Configuration
import Platform

/// How much is done to a run, and what.
public struct TortureOptions: Sendable {
  /// The numbers of ranks that it is started with, in any order.
  public var ranks = [1, 2, 3, 4]
  /// Faults in all.
  public var faults = 20
  /// Chooses the faults and their times.
  public var seed: UInt64 = 0
  /// A fault comes at most so many seconds after the start.
  public var longestDelay = 2.0
  /// Seconds without progress after which a rank counts as hung.
  public var hangTimeout = 2.0
  /// Assignments to keys of the configuration.
  public var assignments: [String] = []
  /// A mistake in the program, as `GMLP_TRAIN_FAULT` has it, that every start is to make too.
  public var planted: String?
  /// What may happen.
  package var kinds = TortureFault.Kind.allCases

  /// Twenty faults of all kinds.
  public init() {}

  /// The names of the kinds of faults.
  public static var kindNames: [String] { TortureFault.Kind.allCases.map(\.rawValue) }

  /// Leaves only the kinds with these names.
  ///
  /// - Throws: ``CommandError`` for a name that is none.
  public mutating func restrict(to names: [String]) throws(CommandError) {
    kinds = []
    for name in names {
      guard let kind = TortureFault.Kind(rawValue: name) else {
        throw CommandError(
          "--kind '\(name)': unknown; "
            + suggestion(for: name, among: Self.kindNames, called: "the kinds"),
          exitCode: .usage)
      }
      kinds.append(kind)
    }
  }
}
