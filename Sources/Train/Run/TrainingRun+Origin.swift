import Checkpoints
import Comm
import Configuration
import Datasets
import Files
import Foundation
import Kernels
import Memory
import Model
import Platform
import Saving
import Transfer

extension TrainingRun {
  /// Refuses a start whose checkpoint or weights cannot be taken, before a run directory is made or an old
  /// one moved aside for it; collective.
  ///
  /// Headers tell nearly all of that. The data are read once, when they are loaded: to read them here too would
  /// double the start of a large model.
  ///
  /// - Throws: `CommandError` on all ranks alike.
  static func requireOrigin(_ parts: TrainingParts) throws {
    let options = parts.options
    let isNew =
      options.resume == .never
      || !FileManager.default.fileExists(atPath: "\(options.runDirectory)/checkpoints")
    var note: String?
    let result = CommandError.catching { () -> [StartInvariant] in
      try refusePartOfRun(options.runDirectory)
      // A restart has its run already; where it began may be pruned by now.
      if try Restart().hasBegun(options.runDirectory) { return [] }
      if case .from(let folder) = options.resume {
        let state = try Checkpoint.glance(at: Checkpoint.path(meantBy: folder))
        try requireSameRun(state, in: folder, parts)
      } else if isNew, let weights = options.weights {
        let file = try WeightsFile(given: weights)
        note = try compareVocabulary(of: weights, file.origin, parts)
        try file.requireFit(parts.model, options.tolerance)
      }
      return []
    }
    try StartAgreement.check(result, parts.communication)
    if let note, parts.communication.rank == 0 { StandardError.write(note) }
  }

  /// Compares the vocabulary that given weights were trained with and that of the data.
  ///
  /// - Parameters:
  ///   - weights: what `--weights` names.
  ///   - origin: the configuration of the run that they are of, where that is known.
  ///   - parts: the run, with its data.
  /// - Throws: `DatasetError` if they differ.
  /// - Returns: a line if that is unknown; nil if they are the same, or one of them is not text.
  private static func compareVocabulary(
    of weights: String, _ origin: TrainingConfiguration?, _ parts: TrainingParts
  ) throws(DatasetError) -> String? {
    guard let text = parts.trainingSet as? any TokenizedText else { return nil }
    let advice =
      "make sure that it is \(text.vocabulary.file) (\(text.vocabulary.digest.prefix(16)))"
    guard let origin else {
      return "\(weights): the vocabulary it was trained with is unknown; \(advice)"
    }
    guard origin.data.format == parts.configuration.data.format else { return nil }
    let known: Vocabulary
    do throws(DatasetError) {
      known = try Vocabulary(besideShards: origin.data.files(of: .train))
    } catch {
      return "\(weights): its vocabulary cannot be found (\(error)); \(advice)"
    }
    try text.requireVocabulary(known, of: weights)
    return nil
  }

  /// Refuses a checkpoint, or the folder of all of them, in the place of a run's directory.
  ///
  /// A new run would begin inside, and go one day with the checkpoint.
  private static func refusePartOfRun(_ directory: String) throws(CommandError) {
    func isThere(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: "\(directory)/\(name)")
    }
    if isThere("checkpoints") { return }
    let steps: [Int]
    do throws(CheckpointError) {
      steps = try CheckpointStore(directory: directory).steps()
    } catch {
      // It is reported when the run needs the directory.
      return
    }
    guard isThere(Checkpoint.stateFile) || !steps.isEmpty else { return }
    throw CommandError(
      "\(directory): is a part of a run, not its directory; name the run's directory, or for a branch a new one "
        + "and the checkpoint as --resume", exitCode: .usage)
  }

  /// Refuses a checkpoint of another configuration or of other data, naming the difference.
  ///
  /// - Throws: ``TrainingError/differs(_:)`` unless the start is forced.
  /// - Returns: what is different, in words; nil if nothing is.
  @discardableResult
  static func requireSameRun(
    _ state: CheckpointState, in directory: String, _ parts: TrainingParts
  ) throws -> String? {
    let stored = try state.trainingConfiguration(in: directory)
    var differences = parts.configuration.identityDifferences(from: stored)
    let data = [
      ("training set", state.datasetDigest, parts.description.trainingDigest),
      ("test set", state.testDatasetDigest ?? "", parts.description.testDigest),
    ]
    for (name, theirs, mine) in data where theirs != mine {
      differences.append(
        "the \(name) has digest \(mine.prefix(12))… here and "
          + "\(theirs.prefix(12))… there")
    }
    if differences.isEmpty { return nil }
    let text = "\(directory) is of another run: " + differences.joined(separator: "; ")
    guard parts.options.isForced else {
      throw TrainingError.differs(
        text + "; change it back, use another --run-dir, or give --force")
    }
    return text
  }
}

/// Limits of the process that a run would reach: reported at its start, before work is lost.
extension TrainingRun {
  /// Throws where this rank may not have the memory that it is going to take.
  ///
  /// - Throws: `CommandError` with exit code 64.
  static func requireMemory(
    _ configuration: TrainingConfiguration, _ inputs: TrainingInputs, ranks: Int
  ) throws(CommandError) {
    // The data are there already.
    let estimate = MemoryEstimate(
      configuration, inputs.model, ranks: ranks,
      sharesMemory: ranks > 1 && configuration.wantsSharedMemory, dataBytes: 0)
    let bytes = estimate.bytesToCome(threads: configuration.train.threads)
    guard !MemoryLimits.leave(bytes) else { return }
    throw CommandError(
      "the run needs \(MemoryEstimate.megabytes(bytes)) MB more memory than the "
        + "limits allow (ulimit -v, ulimit -d); raise them, or lower --threads or "
        + "train.micro_batch_size", exitCode: .usage)
  }

  /// Throws where no checkpoint can be written because files may not grow to its size.
  ///
  /// - Throws: `CommandError` with exit code 74; `HostError`.
  static func requireFileSize(_ parts: TrainingParts) throws {
    guard let limit = try ResourceLimit.fileSize.current() else { return }
    let files = CheckpointTensor.fileBytes(of: parts.configuration, parts.model.layout)
    let bytes = files.values.max() ?? 0
    guard bytes > limit else { return }
    throw CommandError(
      "\(parts.options.runDirectory): files may not exceed \(limit) bytes (ulimit -f), and a checkpoint "
        + "has one of \(bytes); raise the limit", exitCode: .inputOutput)
  }
}
