public import Checkpoints
public import Comm
public import Configuration
import Doctor
import Foundation
public import Kernels
import Mathematics
public import Model
import Platform
import Saving
import Train
import Transfer

/// A model with weights, ready to be evaluated or to predict.
public struct TrainedModel: Sendable {
  /// The configuration it was trained with, and what the caller changed in it.
  public let configuration: TrainingConfiguration
  /// The network.
  public let model: Model
  /// The flat buffer of its weights.
  public let weights: FloatBuffer
  /// The file that the weights were read from.
  public let weightsPath: String
  /// Training steps that produced them, if a checkpoint records it.
  public let step: Int?
  /// The digest of the data it was trained with, if a checkpoint records it.
  public let trainingDigest: String?
  /// The names of the classes, if a checkpoint records them.
  public let classNames: [String]?
  /// Whether it was trained in bf16 and this processor computes in fp32 instead.
  let isInOtherPrecision: Bool
  /// Which weights of the checkpoint they are; those of a file count as the optimizer's.
  public let kind: WeightsKind
  /// The best evaluations of the run so far, if a checkpoint records them.
  public let best: [WeightsKind: CheckpointState.Best]
  /// Lines about tensors of the file that were left out.
  private let remarks: [String]
  /// Whether the checkpoint holds averaged weights too, and these are not they.
  public let hasOtherAverage: Bool

  /// The SHA-256 of the weights in state-dict order.
  public var weightsDigest: String { model.layout.digest(of: weights) }

  /// Finds the checkpoint that `origin` means and reads it.
  ///
  /// - Parameters:
  ///   - origin: where the weights are.
  ///   - averaged: take the moving average of the weights.
  ///   - assignments: `key=value` for keys of the checkpoint's configuration.
  ///   - warning: receives a line for each damaged checkpoint that is skipped, for another
  ///     precision, and for tensors that are left out.
  /// - Throws: ``CommandError``, ``ConfigurationError``, `CheckpointError` or `ModelError`.
  public init(
    _ origin: WeightsOrigin, averaged: Bool, assignments: [String], warning: (String) -> Void
  ) throws {
    let (found, opened) = try Self.resolve(origin, averaged ? .averaged : .weights, warning)
    try self.init(resolved: found, opened, averaged: averaged, assignments: assignments)
    warn(warning)
  }

  /// The same on all ranks: rank zero chooses the checkpoint, all of them read it.
  public init(
    _ origin: WeightsOrigin, averaged: Bool, assignments: [String],
    _ communication: CommunicationThread, warning: (String) -> Void
  ) throws {
    var found = origin
    var opened: Checkpoint?
    var fault = Result<[StartInvariant], CommandError>.success([])
    if communication.rank == 0 {
      do {
        (found, opened) = try Self.resolve(origin, averaged ? .averaged : .weights, warning)
      } catch {
        fault = .failure(CommandError(describing: error))
      }
    }
    try StartAgreement.check(fault, communication, isOfRankZero: true)
    switch origin {
    case .run(_, let expected), .checkpoint(_, let expected):
      let mine = found.checkpointDirectory ?? ""
      let path = try communication.perform { try $0.broadcast(Array(mine.utf8), from: 0) }
      found = .checkpoint(String(decoding: path, as: UTF8.self), expecting: expected)
    case .file: break
    }
    let loaded = Result { [found, opened] in
      try TrainedModel(resolved: found, opened, averaged: averaged, assignments: assignments)
    }
    self = try StartAgreement.agree(on: loaded, communication)
    if communication.rank == 0 { warn(warning) }
  }

  /// Lines about kernels that are slow on this processor.
  public var kernelWarnings: [String] {
    StartWarnings.ofKernels(for: configuration)
  }

  private func warn(_ warning: (String) -> Void) {
    if isInOtherPrecision { warning(TrainingConfiguration.precisionWarning) }
    remarks.forEach(warning)
  }

  /// Reads the weights of `resolved`; `opened` is the checkpoint there, where its files were read already.
  private init(
    resolved: WeightsOrigin, _ opened: Checkpoint?, averaged: Bool, assignments: [String]
  ) throws {
    switch resolved {
    case .run(let directory, _):
      preconditionFailure("\(directory): no checkpoint was chosen")
    case .checkpoint(let directory, let expected):
      try self.init(
        opened ?? Checkpoint.open(directory), averaged: averaged, assignments: assignments,
        expecting: expected)
    case .file(let path, let configuration, let isPartial):
      try self.init(configuration, weightsPath: path, leavingOut: isPartial)
    }
  }

  /// Reads the weights of a checkpoint.
  package init(
    _ checkpoint: Checkpoint, averaged: Bool, assignments: [String] = [],
    expecting expected: TrainingConfiguration? = nil
  ) throws {
    var configuration = try checkpoint.trainingConfiguration()
    for assignment in assignments { try configuration.apply(assignment: assignment) }
    try configuration.validate()
    if let expected { try Self.check(configuration, of: checkpoint, against: expected) }
    let state = checkpoint.state
    let kind = averaged ? WeightsKind.averaged : .weights
    let hasAverage = state.files[WeightsKind.averaged.file] != nil
    if averaged && !hasAverage {
      throw CommandError(
        "\(checkpoint.directory): has no \(kind.file), because it was trained with train.ema_decay = 0; "
          + "leave --ema out", exitCode: .badData)
    }
    try self.init(
      configuration, weightsPath: "\(checkpoint.directory)/\(kind.file)", isOfCheckpoint: true,
      step: state.step,
      trainingDigest: state.datasetDigest, classNames: state.classNames, kind: kind,
      best: state.best,
      hasOtherAverage: hasAverage && !averaged)
  }

  private init(
    _ configuration: TrainingConfiguration, weightsPath: String, isOfCheckpoint: Bool = false,
    step: Int? = nil,
    trainingDigest: String? = nil, classNames: [String]? = nil, kind: WeightsKind = .weights,
    best: [WeightsKind: CheckpointState.Best] = [:], hasOtherAverage: Bool = false,
    leavingOut: Bool = false
  ) throws {
    let asked = configuration
    let configuration = asked.resolved()
    isInOtherPrecision = !configuration.hasPrecision(of: asked)
    self.configuration = configuration
    self.weightsPath = weightsPath
    self.step = step
    self.trainingDigest = trainingDigest
    // A head may have more classes than the data, and another number by --set.
    self.classNames =
      classNames?.count ?? 0 <= configuration.model.numClasses ? classNames : nil
    self.kind = kind
    self.best = best
    self.hasOtherAverage = hasOtherAverage
    model = try configuration.makeModel()
    weights = FloatBuffer(count: model.layout.count)
    var tolerance = WeightsFile.Tolerance()
    tolerance.unusedTensors = leavingOut
    tolerance.nonFiniteNumbers = isOfCheckpoint
    remarks = try WeightsFile(weightsPath).load(into: weights, model, tolerance)
  }

  /// Refuses a checkpoint whose model or data are not those of the file given to --config.
  private static func check(
    _ configuration: TrainingConfiguration, of checkpoint: Checkpoint,
    against expected: TrainingConfiguration
  ) throws(CommandError) {
    let differences = expected.withAbsolutePaths.differences(
      from: configuration.withAbsolutePaths
    ) {
      ["model", "data"].contains($0.table) && $0.key != "data.verify"
    }
    if differences.isEmpty { return }
    throw CommandError(
      "\(checkpoint.directory) was not trained with this --config: "
        + differences.joined(separator: "; ") + "; give --run-dir in its place, or change it back",
      exitCode: .usage)
  }

  /// A run directory becomes the checkpoint whose weights of the given kind were the best, which is opened; so does the
  /// path of the link to it, unopened.
  private static func resolve(
    _ origin: WeightsOrigin, _ kind: WeightsKind, _ warning: (String) -> Void
  ) throws -> (WeightsOrigin, Checkpoint?) {
    switch origin {
    case .file: return (origin, nil)
    case .checkpoint(let path, let expected):
      return (.checkpoint(try Checkpoint.path(meantBy: path), expecting: expected), nil)
    case .run(let directory, let expected):
      let store = CheckpointStore(directory: "\(directory)/checkpoints")
      let found = try required(store.bestOrNewest(of: kind, reporting: warning), in: directory)
      return (.checkpoint(found.directory, expecting: expected), found)
    }
  }

  /// The newest valid checkpoint of a run directory.
  static func newestCheckpoint(
    of directory: String, _ warning: (String) -> Void
  ) throws -> Checkpoint {
    let store = CheckpointStore(directory: "\(directory)/checkpoints")
    return try required(store.newestValid(reporting: warning), in: directory)
  }

  private static func required(
    _ checkpoint: Checkpoint?, in directory: String
  ) throws(CommandError) -> Checkpoint {
    guard let checkpoint else {
      throw CommandError(
        "\(directory): holds no valid checkpoint; train there first, or give --run-dir, "
          + "--checkpoint or --weights", exitCode: .badData)
    }
    return checkpoint
  }
}

extension TrainedModel {
  /// The `top` most probable labels by softmax; of equal ones the lower number comes first.
  ///
  /// - Throws: ``CommandError`` if a score is not finite.
  func mostProbable(
    _ scores: ArraySlice<Float>, top: Int
  ) throws(CommandError) -> [(label: Int, probability: Double)] {
    guard scores.allSatisfy(\.isFinite) else {
      throw CommandError(
        "\(weightsPath): the scores are not finite; these weights are of no use",
        exitCode: .internalError)
    }
    let largest = Double(scores.max() ?? 0)
    let total = scores.reduce(0) { $0 + exponential(Double($1) - largest) }
    let order = scores.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    return order.prefix(top).map {
      ($0 - scores.startIndex, exponential(Double(scores[$0]) - largest) / total)
    }
  }
}
