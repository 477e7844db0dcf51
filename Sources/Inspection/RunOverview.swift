import Checkpoints
public import Configuration
import Foundation
import Transfer

/// What a checkpoint and its run are about, in a few lines.
public struct RunOverview: Sendable {
  /// The directory of the run; nil if the checkpoint lies elsewhere.
  public let run: String?
  /// The configuration that the checkpoint was made with.
  public let configuration: TrainingConfiguration
  /// The last evaluation up to the checkpoint; nil if none is recorded.
  public let evaluation: RecordedEvaluation?
  /// The steps whose checkpoints the run has, newest first.
  public let checkpoints: [Int]
  /// Why the last start of the run ended, as in "finished"; nil if it runs, was killed, or left no metrics.
  public let ending: String?

  /// Looks at the checkpoint that `summary` is of, and around it.
  ///
  /// - Throws: `CheckpointError` or ``ConfigurationError``.
  public init(_ summary: CheckpointSummary) throws {
    let state = try Checkpoint.glance(at: summary.path)
    configuration = try state.trainingConfiguration(in: summary.path)
    let folder = (summary.path as NSString).deletingLastPathComponent
    let parent = (folder as NSString).deletingLastPathComponent
    guard (folder as NSString).lastPathComponent == "checkpoints" else {
      (run, evaluation, checkpoints, ending) = (nil, nil, [], nil)
      return
    }
    let directory = parent.isEmpty ? "." : parent
    let metrics = RunMetrics(of: directory)
    run = directory
    let evaluated = metrics.evaluations.keys.filter { $0 <= summary.step }.max()
    evaluation = evaluated.flatMap { metrics.evaluations[$0] }
    checkpoints = try CheckpointStore(directory: folder).steps()
    ending = metrics.ending
  }
}
