import Checkpoints
import Configuration
import Foundation
import Model
import Platform

/// What a checkpoint holds; every digest in it was computed again and found right.
public struct CheckpointSummary: Sendable, Encodable {
  /// One of its files.
  public struct File: Sendable, Encodable {
    /// The name in the folder.
    public let name: String
    /// The length.
    public let bytes: Int
    /// The digest of the content.
    public let sha256: String
    /// Its tensors.
    public let tensors: [TensorSummary]
  }

  /// The best evaluation of the run so far.
  public struct Best: Sendable, Encodable {
    /// What was measured.
    public let metric: String
    /// Its value.
    public let value: Double
    /// The step after which it was measured.
    public let step: Int
  }

  /// The folder.
  public let path: String
  /// Steps done.
  public let step: Int
  /// The epoch of the last step, from 1.
  public let epoch: Int
  /// Samples of the next epoch that are used already; 0 at the end of one.
  public let position: Int
  /// Samples used since the beginning.
  public let samplesSeen: Int
  /// The run's seed.
  public let seed: UInt64
  /// Elements of the weights.
  public let parameters: Int
  /// The best evaluation of the weights, where there was one.
  public let best: Best?
  /// That of the averaged weights.
  public let bestAveraged: Best?
  /// The digest of the weights in state-dict order.
  public let weightsSha256: String
  /// The digest of the keys that decide the weights.
  public let configurationDigest: String
  /// The digest of the training data.
  public let datasetDigest: String
  /// The digest of the test data.
  public let testDatasetDigest: String?
  /// The core type that computed it.
  public let cpu: String
  /// What its processor is called, if it is recorded.
  public let processor: String?
  /// The BLAS library.
  public let blas: String
  /// The program's version.
  public let build: String
  /// Ranks that computed it.
  public let ranks: Int
  /// Workers in each rank.
  public let threads: Int
  /// The files by name.
  public let files: [File]
  /// The resolved configuration as TOML.
  public let configuration: String

  /// Opens the checkpoint in the folder `path`, or the newest valid one of the run directory `path`.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - warning: receives a line for each damaged checkpoint that is skipped.
  /// - Throws: `CheckpointError` or ``CommandError`` where something is missing or damaged.
  public init(_ path: String, warning: (String) -> Void) throws {
    let isRun = FileManager.default.fileExists(atPath: "\(path)/checkpoints")
    let checkpoint =
      isRun
      ? try TrainedModel.newestCheckpoint(of: path, warning) : try Checkpoint.open(path)
    let state = checkpoint.state
    let trained = try TrainedModel(checkpoint, averaged: false)
    guard trained.weightsDigest == state.weightsSHA256 else {
      throw CommandError(
        "\(trained.weightsPath): the digest of the weights is not the one in "
          + "\(Checkpoint.stateFile); use another copy or an older checkpoint", exitCode: .badData)
    }
    self.path = checkpoint.directory
    step = state.step
    epoch = state.lastEpoch
    position = state.position
    samplesSeen = state.samplesSeen
    seed = state.seed
    parameters = trained.model.layout.parameters.reduce(0) { $0 + $1.range.count }
    best = state.best[.weights].map(Best.init)
    bestAveraged = state.best[.averaged].map(Best.init)
    weightsSha256 = state.weightsSHA256
    configurationDigest = state.configurationDigest
    datasetDigest = state.datasetDigest
    testDatasetDigest = state.testDatasetDigest
    cpu = state.cpu
    processor = state.processor
    blas = state.blas
    build = state.build
    ranks = state.world.ranks
    threads = state.world.threads
    configuration = state.configuration
    files = try state.files.sorted { $0.key < $1.key }.map { name, record in
      File(
        name: name, bytes: record.bytes, sha256: record.sha256,
        tensors: TensorSummary.tensors(of: try checkpoint.file(name)))
    }
  }
}

extension CheckpointSummary.Best {
  fileprivate init(_ best: CheckpointState.Best) {
    self.init(metric: best.metric, value: best.value, step: best.step)
  }
}
