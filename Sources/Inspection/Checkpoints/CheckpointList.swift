import Checkpoints
import Foundation

/// What checkpoints a run has; their headers were read, not their tensors.
public struct CheckpointList: Sendable, Encodable {
  /// One of them.
  public struct Entry: Sendable, Encodable {
    /// The step that the folder's name says.
    public let step: Int
    /// The length of its files.
    public let bytes: Int
    /// Whether its weights were the best.
    public let isBest: Bool
    /// Whether its averaged weights were.
    public let isBestAveraged: Bool
    /// When it was written: ISO 8601, UTC; nil if its headers cannot be read, like all below.
    public let written: String?
    /// The epoch of its last step, from 1.
    public let epoch: Int?
    /// The loss of the evaluation after its step, in nats; nil if there was none.
    public let loss: Double?
    /// The accuracy of that evaluation.
    public let accuracy: Double?
    /// The ranks that computed it.
    public let ranks: Int?
    /// Workers in each rank.
    public let threads: Int?
    /// The digest of the weights in state-dict order.
    public let weightsSha256: String?
    /// What is wrong with its headers; nil if they can be read.
    public let fault: String?
  }

  /// The folder of checkpoints.
  public let path: String
  /// The checkpoints, newest first.
  public let checkpoints: [Entry]
  /// What saves have left beside them.
  public let temporaries: [TemporarySummary]

  /// Looks at the checkpoints of the run `path`.
  ///
  /// - Parameter path: the run directory, or the folder of checkpoints in it.
  /// - Throws: ``CommandError``, or `CheckpointError` where the system refuses to read.
  public init(_ path: String) throws {
    let run = try RunCheckpoints(path)
    let store = run.store
    let evaluations = RunMetrics(of: run.run).evaluations
    let best = try store.bestStep(of: .weights)
    let bestAveraged = try store.bestStep(of: .averaged)
    self.path = store.directory
    checkpoints = try store.steps().compactMap {
      try Entry(
        $0, in: store, evaluations[$0], isBest: $0 == best, isBestAveraged: $0 == bestAveraged)
    }
    temporaries = try TemporarySummary.all(in: store)
  }
}

extension CheckpointList.Entry {
  /// Looks at a checkpoint; nil if a run has removed it meanwhile.
  fileprivate init?(
    _ step: Int, in store: CheckpointStore, _ evaluation: RecordedEvaluation?, isBest: Bool,
    isBestAveraged: Bool
  ) throws {
    let path = store.path(of: step)
    self.step = step
    self.isBest = isBest
    self.isBestAveraged = isBestAveraged
    let found = try store.readIfThere(step: step) { () throws(CheckpointError) in
      try Self.glance(at: path)
    }
    guard let (state, fault) = found, let bytes = try RunCheckpoints.bytes(at: path) else {
      return nil
    }
    self.bytes = bytes
    self.fault = fault
    written =
      state == nil ? nil : try RunCheckpoints.date(of: "\(path)/\(Checkpoint.stateFile)")
    epoch = state?.lastEpoch
    // A checkpoint whose evaluation is still to be done may have one from before a resume.
    let isEvaluated = state?.evaluationIsPending == false
    loss = isEvaluated ? evaluation?.loss : nil
    accuracy = isEvaluated ? evaluation?.accuracy : nil
    ranks = state?.world.ranks
    threads = state?.world.threads
    weightsSha256 = state?.weightsSHA256
  }

  private static func glance(
    at path: String
  ) throws(CheckpointError) -> (state: CheckpointState?, fault: String?) {
    do {
      return (try Checkpoint.glance(at: path), nil)
    } catch  where error.code != .inputOutput {
      return (nil, error.description)
    }
  }
}
