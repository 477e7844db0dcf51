package import Checkpoints
import Comm
import Configuration
import Datasets
import Files
import Foundation
import Hardware
package import Kernels
import Model
import Optimization
import Platform
import Reduction
package import Reporting
import Saving
import Transfer

extension TrainingRun {
  /// Fills weights and the optimizer's state: from a checkpoint, from given weights, or with initial values.
  ///
  /// Rank zero chooses the checkpoint; all ranks read it, so it must be on storage that all share. Where
  /// `isBegun`, the directory's own run comes before what `--resume` says.
  ///
  /// - Returns: the run's progress, and the part of `metrics.jsonl` that belongs to the steps done.
  package static func resume(
    _ parts: TrainingParts, _ directory: RunDirectory?, isBegun: Bool
  ) throws -> (progress: TrainingProgress, keptMetrics: KeptMetrics) {
    var chosen: Checkpoint?
    var result = Result<[StartInvariant], CommandError>.success([])
    if let directory {
      do {
        chosen = try chooseCheckpoint(parts, directory, isBegun: isBegun)
        if let chosen {
          try check(chosen, parts)
          if parts.options.weights != nil {
            StandardError.write(
              "--weights is not used: the run resumes from step \(chosen.state.step)")
          }
        }
      } catch {
        result = .failure(CommandError(describing: error))
      }
    }
    try StartAgreement.check(result, parts.communication, isOfRankZero: true)
    let path = try parts.communication.perform { [path = chosen?.directory ?? ""] in
      String(decoding: try $0.broadcast(Array(path.utf8), from: 0), as: UTF8.self)
    }
    var progress = TrainingProgress.beginning
    var kept = KeptMetrics()
    do {
      let room = parts.makeRoomForWeights()
      // Rank zero has read every byte of it already.
      let checkpoint = path.isEmpty ? nil : try chosen ?? Checkpoint.open(path)
      progress = try checkpoint.map { try load($0, into: room, parts) } ?? begin(parts, in: room)
      if let directory {
        kept = try keptMetrics(of: checkpoint, directory)
      }
      result = .success(facts(of: parts, checkpoint, room))
    } catch {
      result = .failure(CommandError(describing: error))
    }
    try StartAgreement.check(result, parts.communication)
    try parts.settleWeights()
    return (progress, kept)
  }

  /// What was read must be the same on all ranks, even if each has its own disk.
  private static func facts(
    of parts: TrainingParts, _ checkpoint: Checkpoint?, _ given: FloatBuffer
  ) -> [StartInvariant] {
    if let checkpoint {
      return checkpoint.state.files.sorted { $0.key < $1.key }.map {
        StartInvariant("checkpoint", $1.sha256, files: ["\(checkpoint.directory)/\($0)"])
      }
    }
    guard let weights = parts.options.weights else { return [] }
    return [
      StartInvariant("weights file", parts.model.layout.digest(of: given), files: [weights])
    ]
  }

  private static func chooseCheckpoint(
    _ parts: TrainingParts, _ directory: RunDirectory, isBegun: Bool
  ) throws -> Checkpoint? {
    let store = CheckpointStore(directory: directory.checkpointsPath)
    try store.sweepTemporaries(reporting: StandardError.write)
    if isBegun, let newest = try newestLinked(in: store) { return newest }
    switch parts.options.resume {
    case .never: return nil
    case .from(let folder):
      let checkpoint = try Checkpoint.open(Checkpoint.path(meantBy: folder))
      guard try store.steps().allSatisfy({ $0 <= checkpoint.state.step }) else {
        throw TrainingError.differs(
          "\(directory.path): holds newer checkpoints than \(folder); give another --run-dir to "
            + "branch off")
      }
      return checkpoint
    case .auto: return try newestLinked(in: store)
    }
  }

  /// The newest valid checkpoint, with the link to the best one as its state has it.
  private static func newestLinked(in store: CheckpointStore) throws -> Checkpoint? {
    let newest = try newestValid(in: store)
    // A kill may have come between the commit and the link, and a copy may have lost it.
    if let newest { store.linkBest(newest.state, reporting: StandardError.write) }
    return newest
  }

  /// The part of the metrics in `directory` about steps up to `checkpoint`.
  ///
  /// A checkpoint of another run says nothing of them: there the newest of the directory's own counts. Where
  /// its state does not know, as after versions before 0.2, all of them stay.
  private static func keptMetrics(
    of checkpoint: Checkpoint?, _ directory: RunDirectory
  ) throws -> KeptMetrics {
    let store = CheckpointStore(directory: directory.checkpointsPath)
    let steps = try store.steps()
    if let checkpoint, steps.contains(checkpoint.state.step) {
      let own = URL(filePath: store.path(of: checkpoint.state.step)).resolvingSymlinksInPath()
      let used = URL(filePath: checkpoint.directory).resolvingSymlinksInPath()
      if own == used { return KeptMetrics(until: checkpoint.state, in: checkpoint.directory) }
    }
    guard let newest = steps.first else { return KeptMetrics(bytes: 0) }
    let folder = store.path(of: newest)
    return KeptMetrics(until: try Checkpoint.glance(at: folder), in: folder)
  }

  /// The newest valid checkpoint, or nil if there is none at all.
  ///
  /// If all of them are damaged, starting over must not happen unasked.
  private static func newestValid(in store: CheckpointStore) throws -> Checkpoint? {
    var faults: [String] = []
    let newest = try store.newestValid { faults.append($0) }
    if newest == nil, let first = faults.first {
      throw CommandError(
        "\(store.directory): \(counted(faults.count, "checkpoint")), none valid (\(first)); repair one, or "
          + "--resume never moves the old run aside", exitCode: .badData)
    }
    for fault in faults { StandardError.write(fault) }
    return newest
  }

  /// Refuses a checkpoint of another configuration or of other data, naming the difference.
  private static func check(_ checkpoint: Checkpoint, _ parts: TrainingParts) throws {
    let state = checkpoint.state
    if let text = try requireSameRun(state, in: checkpoint.directory, parts) {
      StandardError.write("resumed by --force: \(text)")
    }
    try checkpoint.requireTensors(
      of: parts.configuration, parts.model, allowingAbsent: parts.options.isForced)
    // Rank zero speaks for all: ranks on other machines than hers were refused.
    let machine = parts.description.machine
    for difference in machine.differences(
      from: Machine(of: state), there: "in the checkpoint", with: parts.model.products)
    {
      StandardError.write("\(difference): the bits may differ from an uninterrupted run")
    }
  }

  /// Weights of the first step: the model's own, or those of `--weights`.
  package static func begin(
    _ parts: TrainingParts, in weights: FloatBuffer
  ) throws -> TrainingProgress {
    parts.model.initializeWeights(weights, seed: parts.configuration.seed)
    var progress = TrainingProgress.beginning
    if let path = parts.options.weights {
      let file = try WeightsFile(given: path)
      let tolerance = parts.options.tolerance
      if parts.communication.rank == 0 {
        let given = try file.loadDigesting(into: weights, parts.model, tolerance)
        given.remarks.forEach(StandardError.write)
        progress.givenWeightsSHA256 = given.sha256
      } else {
        _ = try file.load(into: weights, parts.model, tolerance)
      }
    }
    parts.optimizer.startAverage(from: weights)
    return progress
  }

  /// Reads the state in `checkpoint` into `weights` and this rank's state of the optimizer.
  package static func load(
    _ checkpoint: Checkpoint, into weights: FloatBuffer, _ parts: TrainingParts
  ) throws -> TrainingProgress {
    var tolerance = WeightsFile.Tolerance()
    tolerance.nonFiniteNumbers = true
    _ = try WeightsFile("\(checkpoint.directory)/\(CheckpointTensor.weightsFile)")
      .load(into: weights, parts.model, tolerance)
    let missing = try missingTensors(of: checkpoint, parts)
    for slot in parts.optimizer.slots {
      try loadOwned(
        .state(slot), into: parts.optimizer.state(slot), checkpoint, parts, without: missing)
    }
    if let average = parts.optimizer.average {
      // A run that is forced to keep an average from here on begins it with the weights.
      if checkpoint.state.files[CheckpointTensor.average.file] == nil {
        parts.optimizer.startAverage(from: weights)
      } else {
        try loadOwned(.average, into: average, checkpoint, parts)
      }
    }
    let state = checkpoint.state
    return TrainingProgress(
      step: state.step, updates: state.updatesDone, epoch: state.epoch, position: state.position,
      samplesSeen: state.samplesSeen, best: state.best,
      skippedSteps: state.skippedSteps ?? 0, losses: state.losses,
      evaluationIsPending: state.evaluationIsPending)
  }

  /// What a run that is forced to go on keeps and the old one has not kept: it had another optimizer, or tensors were
  /// frozen.
  ///
  /// - Returns: names of tensors; none if the run is not forced: there a checkpoint without them is damaged.
  private static func missingTensors(
    of checkpoint: Checkpoint, _ parts: TrainingParts
  ) throws -> Set<String> {
    guard parts.options.isForced else { return [] }
    let learning = parts.model.layout.learning
    var (missing, remarks): (Set<String>, [String]) = ([], [])
    for slot in parts.optimizer.slots {
      let tensor = CheckpointTensor.state(slot)
      let kept =
        checkpoint.state.files[tensor.file] == nil
        ? [] : Set(try checkpoint.file(tensor.file).tensors.keys)
      let absent = learning.map { tensor.tensor($0.name) }.filter { !kept.contains($0) }
      missing.formUnion(absent)
      if absent.isEmpty { continue }
      remarks.append(
        absent.count == learning.count ? slot : "\(slot) of \(counted(absent.count, "tensor"))")
    }
    if !missing.isEmpty && parts.communication.rank == 0 {
      StandardError.write(
        "\(checkpoint.directory) has no \(remarks.joined(separator: ", ")): they begin with zeros")
    }
    return missing
  }

  private static func loadOwned(
    _ tensor: CheckpointTensor, into owned: FloatBuffer, _ checkpoint: Checkpoint,
    _ parts: TrainingParts, without missing: Set<String> = []
  ) throws {
    // A file that is not needed may be missing.
    let wanted = parts.model.layout.learning.filter {
      !missing.contains(tensor.tensor($0.name))
    }
    if wanted.isEmpty { return }
    let file = try checkpoint.file(tensor.file)
    let rank = parts.communication.rank
    let ranges = parts.gradientBuckets.flatRanges(of: 0..<owned.count, rank: rank)
    for (flat, start) in ranges {
      for parameter in wanted where parameter.range.overlaps(flat) {
        let common = parameter.range.clamped(to: flat)
        let first = start + common.lowerBound - flat.lowerBound
        try owned.withMutableSpan(first..<first + common.count) {
          try file.read(
            tensor.tensor(parameter.name), at: common.lowerBound - parameter.range.lowerBound,
            into: &$0)
        }
      }
    }
  }
}

extension TrainingRun {
  /// The configuration of the checkpoint from which a run will go on, on all ranks; nil for a new run.
  ///
  /// What a configuration leaves to the processor was decided when the run began, perhaps on another one.
  ///
  /// - Throws: `CommandError` on all ranks alike, or `MPIError`.
  static func recordedConfiguration(
    _ options: TrainingOptions, _ communication: CommunicationThread
  ) throws -> TrainingConfiguration? {
    let found = CommandError.catching {
      communication.rank == 0 ? try newestReadable(options)?.toml : nil
    }
    let own = try StartAgreement.agree(on: found, communication) ?? ""
    let told = try communication.perform { try $0.broadcast(Array(own.utf8), from: 0) }
    if told.isEmpty { return nil }
    var recorded = TrainingConfiguration()
    try recorded.apply(toml: String(decoding: told, as: UTF8.self), from: "the checkpoint")
    return recorded
  }

  /// The one of the newest readable checkpoint; unreadable ones are reported when the run needs them.
  private static func newestReadable(_ options: TrainingOptions) throws -> TrainingConfiguration? {
    var folders: [String] = []
    if try options.resume == .auto || Restart().hasBegun(options.runDirectory) {
      let store = CheckpointStore(directory: "\(options.runDirectory)/checkpoints")
      do throws(CheckpointError) {
        folders = try store.steps().map(store.path(of:))
      } catch {
        return nil
      }
    }
    if case .from(let folder) = options.resume { folders.append(folder) }
    for folder in folders {
      let state: CheckpointState
      do throws(CheckpointError) {
        state = try Checkpoint.glance(at: Checkpoint.path(meantBy: folder))
      } catch {
        continue
      }
      return try state.trainingConfiguration(in: folder)
    }
    return nil
  }
}
