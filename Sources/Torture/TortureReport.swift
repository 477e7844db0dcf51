/// The outcome of a torture.
public struct TortureReport: Encodable, Sendable {
  /// The faults of one kind.
  public struct Row: Encodable, Sendable {
    /// The kind.
    public let kind: String
    /// How many.
    public internal(set) var faults = 0
    /// How often each exit code came.
    public internal(set) var exitCodes: [Int32: Int] = [:]
    /// How often each cause was named; "none" if no verdict was printed.
    public internal(set) var causes: [String: Int] = [:]
    /// How often another rank was named than the one that was hit.
    public internal(set) var wrongRanks = 0
    /// Seconds from the fault to the verdict.
    public internal(set) var verdictSeconds: [Double] = []
    /// Seconds from the fault until all processes were gone.
    public internal(set) var goneSeconds: [Double] = []
    /// Steps until a slow rank was named, or changed weights were found.
    public internal(set) var verdictSteps: [Int] = []
  }

  /// One row per kind that occurred.
  public internal(set) var rows: [Row] = []
  /// Starts of the program with a fault.
  public internal(set) var starts = 0
  /// Faults that happened.
  public internal(set) var faults = 0
  /// Completed runs.
  public internal(set) var rounds = 0
  /// Trainings that ended with other weights than the undisturbed one.
  public internal(set) var mismatches = 0
  /// Safe checkpoints that were missing afterwards.
  public internal(set) var lostCheckpoints = 0
  /// Invalid checkpoints that were not damaged on purpose.
  public internal(set) var damagedCheckpoints = 0
  /// Starts that had not ended in time, or left a process behind.
  public internal(set) var leftovers = 0
  /// How often mpirun stayed after its ranks were gone, and had to be ended.
  public internal(set) var lingering = 0
  /// The problems, one line each.
  public internal(set) var findings: [String] = []
  /// The digest of the undisturbed run.
  public internal(set) var weightsSha256 = ""

  /// Whether everything was right.
  public var isClean: Bool { findings.isEmpty }

  /// Records a fault.
  package mutating func note(_ fault: TortureFault, _ outcome: TortureOutcome) {
    starts += 1
    if outcome.hasLingered { lingering += 1 }
    let name = fault.kind.rawValue
    if !rows.contains(where: { $0.kind == name }) { rows.append(Row(kind: name)) }
    guard let index = rows.firstIndex(where: { $0.kind == name }) else { return }
    guard outcome.hasHappened else { return }
    faults += 1
    rows[index].faults += 1
    rows[index].exitCodes[outcome.exitCode, default: 0] += 1
    rows[index].goneSeconds.append(outcome.goneSeconds)
    guard let expected = fault.cause else { return }
    rows[index].causes[outcome.cause ?? "none", default: 0] += 1
    if let seconds = outcome.verdictSeconds { rows[index].verdictSeconds.append(seconds) }
    if let steps = outcome.verdictSteps { rows[index].verdictSteps.append(steps) }
    if expected == outcome.cause && outcome.named != fault.struckRank {
      rows[index].wrongRanks += 1
    }
  }
}

/// The outcome of one fault.
package struct TortureOutcome: Sendable {
  var exitCode: Int32 = 0
  /// Whether the run was still active when it was due.
  var hasHappened = false
  /// Whether the ranks had made a step before it happened.
  var hasJoined = false
  /// The newest step that this start has called saved.
  var savedStep: Int?
  /// Whether changed weights were reported.
  var hasChangedWeights = false
  /// The cause that was named, and the rank.
  var cause: String?
  var named: Int?
  var verdictSeconds: Double?
  var verdictSteps: Int?
  var goneSeconds = 0.0
  var isLeftOver = false
  /// Whether mpirun stayed after its ranks were gone.
  var hasLingered = false
}

extension TortureFault {
  /// The rank that it is done to; faults of disks are rank zero's.
  var struckRank: Int { injection.flatMap { Int($0.prefix { $0 != ":" }) } ?? victim }
}
