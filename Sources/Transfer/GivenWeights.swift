package import Checkpoints
import Configuration
import Files
import Foundation
import Platform

/// What `--weights` names: a file of tensors, or the folder of a run or of a checkpoint.
struct GivenWeights {
  /// The file of tensors.
  let file: String
  /// The configuration of the run that the weights are from, if a checkpoint records it.
  let configuration: TrainingConfiguration?
  /// Lines about damaged checkpoints that were skipped.
  let remarks: [String]

  /// Finds the weights: of a run the best ones of the optimizer, or the newest where none were evaluated.
  ///
  /// - Throws: `CheckpointError` for a damaged checkpoint; `CommandError` for a run without a valid one.
  init(_ path: String) throws {
    let path = try Checkpoint.path(meantBy: path)
    func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
    if isThere("\(path)/checkpoints") {
      var passedOver: [String] = []
      let store = CheckpointStore(directory: "\(path)/checkpoints")
      guard let best = try store.bestOrNewest(of: .weights, reporting: { passedOver.append($0) })
      else {
        throw CommandError(
          "\(path): holds no valid checkpoint; train there first, or name a file of weights",
          exitCode: .badData)
      }
      try self.init(best, passedOver)
      return
    }
    if isThere("\(path)/state.json") {
      try self.init(Checkpoint.open(path), [])
      return
    }
    try Self.refuseStore(path)
    // A file in the folder of a checkpoint, as that of the average.
    let folder = URL(filePath: path).deletingLastPathComponent().path
    let state = isThere("\(folder)/state.json") ? try Checkpoint.glance(at: folder) : nil
    self.init(
      file: path, configuration: try state?.trainingConfiguration(in: folder), remarks: [])
  }

  /// Refuses the folder of all checkpoints of a run: it does not say which of them is meant.
  private static func refuseStore(_ path: String) throws {
    // As a link to a folder is: what a file is, its reader says.
    guard FileManager.default.fileExists(atPath: path + "/") else { return }
    let folder = SystemPath.withoutSlashes(path)
    let store = CheckpointStore(directory: folder)
    guard let newest = try store.steps().first else { return }
    let isUsual = URL(filePath: folder).lastPathComponent == "checkpoints"
    let run = isUsual ? ", \(SystemPath.folder(of: folder))," : ""
    throw CommandError(
      "\(folder): holds the checkpoints of a run; name its directory\(run) or one of them, as in "
        + store.path(of: newest), exitCode: .badData)
  }

  private init(_ checkpoint: Checkpoint, _ remarks: [String]) throws {
    self.init(
      file: "\(checkpoint.directory)/\(WeightsKind.weights.file)",
      configuration: try checkpoint.trainingConfiguration(), remarks: remarks)
  }

  private init(file: String, configuration: TrainingConfiguration?, remarks: [String]) {
    self.file = file
    self.configuration = configuration
    self.remarks = remarks
  }
}

extension CheckpointStore {
  /// The checkpoint whose weights of the given kind were the best.
  ///
  /// - Parameters:
  ///   - kind: of the weights.
  ///   - reporting: receives a line for each damaged checkpoint that is skipped.
  /// - Throws: `CheckpointError` if the disk fails.
  /// - Returns: the newest valid one where none was evaluated or the best is damaged; nil if there is none.
  package func bestOrNewest(
    of kind: WeightsKind, reporting: (String) -> Void
  ) throws(CheckpointError) -> Checkpoint? {
    if let best = try bestStep(of: kind) {
      do {
        return try open(step: best)
      } catch {
        reporting("the checkpoint of the best \(kind.words) is skipped: \(error)")
      }
    }
    return try newestValid(reporting: reporting)
  }
}
