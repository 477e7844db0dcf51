public import Comm
import Configuration
import Files

/// In what two runs differ, and where that began.
public struct RunComparison: Sendable, Encodable {
  /// The first run directory.
  public let first: String
  /// The second.
  public let second: String
  /// Whether all that both computed has the same bits, as far as they recorded it, and both have the same steps.
  public let isSame: Bool
  /// The last step that both have.
  public let commonSteps: Int
  /// The keys of the configuration that differ.
  public let configuration: [KeyDifference]
  /// What else differs: data, processor, libraries, build, and how many computed.
  public let conditions: [ConditionDifference]
  /// The first event whose values differ; nil if none does.
  public let firstDifference: EventDifference?
  /// What that difference came from, found in checkpoints or by a replay.
  public let cause: DifferenceCause?
  /// Lines for people: what could not be found out, and which setting records it.
  public let notes: [String]

  /// Compares the runs in two directories.
  ///
  /// - Parameters:
  ///   - first: a run directory.
  ///   - second: another.
  ///   - communication: a world of one, for a replay; nil for none.
  ///   - warning: receives a line for each checkpoint that cannot be read.
  /// - Throws: ``CommandError``, `ConfigurationError`, `CheckpointError`, or what a replayed step throws.
  public init(
    _ first: String, _ second: String, replayingOn communication: CommunicationThread?,
    warning: (String) -> Void
  ) throws {
    self.first = first
    self.second = second
    let runs = RunPair(
      first: try RunRecord(first, warning: warning), second: try RunRecord(second, warning: warning)
    )
    commonSteps = min(runs.first.lastStep, runs.second.lastStep)
    configuration = runs.differingKeys
    conditions = runs.differingConditions
    let difference = runs.firstDifference
    firstDifference = difference
    isSame = difference == nil && runs.first.lastStep == runs.second.lastStep
    var search = CauseSearch(runs)
    if let difference { try search.find(difference, replayingOn: communication) }
    cause = search.cause
    notes = search.notes + runs.remarks(on: difference)
  }
}

/// A key of the configuration whose values differ in two runs.
public struct KeyDifference: Sendable, Encodable {
  /// The key.
  public let name: String
  /// Its value in the first run.
  public let first: String
  /// Its value in the second.
  public let second: String
  /// Whether another value may change the bits of the result.
  public let decidesBits: Bool
}

/// What else two runs recorded, and differs.
public struct ConditionDifference: Sendable, Encodable {
  /// The name in `metrics.jsonl` or `state.json`.
  public let name: String
  /// Its value in the first run.
  public let first: String
  /// Its value in the second.
  public let second: String
}

/// The first event in which two runs differ.
public struct EventDifference: Sendable, Encodable, Equatable {
  /// The step.
  public let step: Int
  /// `digests`, `step`, `evaluation`, `checkpoint` or `end`.
  public let event: String
  /// The field that differs.
  public let name: String
  /// Its value in the first run.
  public let first: String
  /// Its value in the second.
  public let second: String

  /// Where in a step the event comes: digests are taken before the update, checkpoints after it.
  static let order = ["digests", "step", "evaluation", "checkpoint", "end"]
}

/// What two runs first differ in, inside of a step.
public struct DifferenceCause: Sendable, Encodable {
  /// `checkpoint` or `replay`.
  public let foundBy: String
  /// The step; of `weights`, `state` and `update` what differs is there after it.
  public let step: Int
  /// `weights`, `state`, `samples`, `input`, `loss`, `gradient`, `update`, `shape` or `none`.
  public let part: String
  /// The first micro-batch that differs.
  public var microBatch: Int?
  /// The number of the sample in the first run's training set.
  public var sample: Int?
  /// The file of the checkpoint.
  public var file: String?
  /// The layer.
  public var layer: String?
  /// The tensor.
  public var tensor: String?
  /// Elements of the tensor.
  public var elements: Int?
  /// Those whose bits differ.
  public var differing: Int?
  /// The element that differs most.
  public var greatest: TensorDifference.Greatest?

  init(foundBy: String, step: Int, part: String) {
    self.foundBy = foundBy
    self.step = step
    self.part = part
  }

  /// The layer of a tensor: `blocks.3` of `blocks.3.mlp_channels.fc1.weight`, `head` of `head.bias`.
  static func layer(of tensor: String) -> String {
    let parts = tensor.split(separator: ".")
    let isNumbered = parts.count > 2 && Int(parts[1]) != nil
    return parts.prefix(isNumbered ? 2 : 1).joined(separator: ".")
  }
}
