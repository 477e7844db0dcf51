import ArgumentParser
import Checkpoints
import Configuration
import Exports
import Files
import Inspection
import Model
import Train

/// The options that choose the weights of an exported model.
struct ExportOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The run directory, in place of --run-dir.", valueName: "run"),
    completion: .directory)
  var directory: String?

  @OptionGroup var weights: WeightsOptions

  func validate() throws {
    let others = [
      ("--run-dir", weights.runDir), ("--checkpoint", weights.checkpoint),
      ("--weights", weights.weights), ("--config", weights.configuration.config),
    ]
    if let directory, let other = others.first(where: { $0.1 != nil }) {
      throw ValidationError("\(directory) and \(other.0): give only one of them")
    }
  }

  /// Reads the weights.
  ///
  /// - Throws: as `TrainedModel` does.
  func load() throws -> TrainedModel {
    try TrainedModel(
      origin(), averaged: weights.ema, assignments: weights.assignments(),
      warning: StandardError.write)
  }

  private func origin() throws -> WeightsOrigin {
    if let directory { return .run(directory) }
    return try weights.origin()
  }
}

extension ExportedModel {
  /// The model and what its checkpoint knows of it.
  init(_ trained: TrainedModel) {
    self.init(
      trained.configuration, trained.model.layout, trained.weights,
      normalization: trained.configuration.normalization, classNames: trained.knownClassNames,
      step: trained.step, weightsDigest: trained.weightsDigest)
    trainingDigest = trained.trainingDigest
    // That of other weights of the run says nothing about these.
    if let best = trained.best[trained.kind], best.step == trained.step {
      score = (metric: best.metric, value: best.value)
    }
  }
}
