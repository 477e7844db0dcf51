internal import Checkpoints
public import Comm
internal import Datasets
internal import Foundation

/// Why a step could not be replayed.
enum ReplayError: Error, CustomStringConvertible {
  case noRecord(file: String, step: Int)
  case badRecord(file: String, line: Int)
  case otherWorld(step: Int, ranks: Int)
  case noCheckpoint(directory: String, step: Int)
  case stopped

  var description: String {
    switch self {
    case .noRecord(let file, let step):
      "\(file): has no digests of step \(step); train with train.record_digests = true"
    case .badRecord(let file, let line):
      "\(file): line \(line) is not a record of digests; it was cut off or edited"
    case .otherWorld(let step, let ranks):
      "step \(step) was computed by \(ranks) ranks; give --of \(ranks) and a --rank below it"
    case .noCheckpoint(let directory, let step):
      "\(directory): no valid checkpoint below step \(step) is left; raise train.keep, or replay "
        + "a later step"
    case .stopped: "the replay was asked to stop"
    }
  }
}

/// Computes again, in one process, what one rank computed in one step of a recorded run.
public struct Replay: Sendable {
  /// The step that was replayed.
  public let step: Int
  /// The step of the checkpoint that it began with.
  public let checkpointStep: Int
  /// The micro-batches of the rank.
  public let microBatches: Range<Int>
  /// The digest that the run recorded.
  public let recordedDigest: String
  /// The digest of what was computed now.
  public let digest: String
  /// The mean loss of the rank's samples in nats, or NaN if it had none.
  public let loss: Double

  /// Whether the rank computed the same bits then and now.
  public var isEqual: Bool { digest == recordedDigest }

  /// Replays `step` of the run in `directory` as rank `rank` of `ranks`.
  ///
  /// - Parameters:
  ///   - directory: the run directory; its configuration comes from the checkpoint.
  ///   - step: a step with recorded digests.
  ///   - rank: whose share is computed.
  ///   - ranks: the number of ranks of the run in that step.
  ///   - debug: check every activation and gradient for non-finite values.
  ///   - communication: a world of one.
  /// - Throws: ``StartError`` that says what is missing.
  public init(
    directory: String, step: Int, rank: Int, of ranks: Int, debug: Bool,
    _ communication: CommunicationThread
  ) throws {
    let record = try StepRecord(directory: directory, step: step)
    guard record.digests.count == ranks, rank < ranks else {
      throw StartError(
        describing: ReplayError.otherWorld(step: step, ranks: record.digests.count), exitCode: 64)
    }
    let store = CheckpointStore(directory: "\(directory)/checkpoints")
    guard let checkpoint = try store.newestValid(below: step, reporting: StandardError.write)
    else {
      throw StartError(
        describing: ReplayError.noCheckpoint(directory: store.directory, step: step), exitCode: 65)
    }
    var configuration = TrainingConfiguration()
    try configuration.apply(
      toml: checkpoint.state.configuration, from: "\(checkpoint.directory)/state.json")
    configuration.train.threads = 1
    configuration.train.recordDigests = false
    var options = TrainingOptions()
    options.resume = .from(checkpoint.directory)
    options.runDirectory = directory
    options.debug = debug
    options.stopAfter = step - 1

    let parts = try TrainingRun.prepare(configuration, options, communication)
    let whole = try Coordinator(
      configuration: configuration, trainingSamples: parts.trainingSet.count, workers: 1)
    guard var plan = whole.plan(step: step) else {
      throw StartError("step \(step): the run has only \(whole.steps) steps", exitCode: 64)
    }
    plan.assignment = [record.microBatches(of: rank)]
    let progress = try TrainingRun.load(checkpoint, parts)
    let trainer = try Trainer(
      parts, progress: progress, saver: TrainingRun.silentSaver(parts),
      report: Report(metrics: nil, display: nil))
    let (digest, result) = try trainer.replay(plan)
    self.step = step
    checkpointStep = checkpoint.state.step
    microBatches = plan.assignment[0]
    recordedDigest = record.digests[rank]
    self.digest = digest.hexadecimal
    loss = result.lossSum / Double(result.samples)
  }
}

/// The record of one step that `train.record_digests` leaves in `metrics.jsonl`.
private struct StepRecord: Decodable {
  let event: String
  let step: Int
  let threads: Int
  let borders: [Int]
  let digests: [String]

  enum CodingKeys: String, CodingKey {
    case event, step, threads, borders
    case digests = "node_sums_sha256"
  }

  /// Reads the last record of `step`: after a resume later lines count.
  init(directory: String, step: Int) throws {
    let file = "\(directory)/metrics.jsonl"
    guard let bytes = FileManager.default.contents(atPath: file) else {
      throw StartError(
        "\(file): cannot be read; give the directory of a run to --run-dir", exitCode: 65)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    let wanted = "{\"event\":\"digests\",\"step\":\(step),"
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let number = lines.lastIndex(where: { $0.hasPrefix(wanted) }) else {
      throw StartError(describing: ReplayError.noRecord(file: file, step: step), exitCode: 65)
    }
    let record: StepRecord
    do {
      record = try JSONDecoder().decode(StepRecord.self, from: Data(lines[number].utf8))
    } catch {
      throw StartError(
        describing: ReplayError.badRecord(file: file, line: number + 1), exitCode: 65)
    }
    guard record.borders.count == record.digests.count * record.threads + 1 else {
      throw StartError(
        describing: ReplayError.badRecord(file: file, line: number + 1), exitCode: 65)
    }
    self = record
  }

  func microBatches(of rank: Int) -> Range<Int> {
    borders[rank * threads]..<borders[(rank + 1) * threads]
  }
}

extension StartError {
  fileprivate init(describing error: ReplayError, exitCode: Int32) {
    self.init(error.description, exitCode: exitCode)
  }
}
