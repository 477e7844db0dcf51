package import Checkpoints
package import Configuration
package import Model
import Platform

/// The groups of tensors that a checkpoint holds beside the weights.
package enum CheckpointTensor: Hashable, Sendable {
  /// What the optimizer keeps under the name of a slot.
  case state(String)
  /// The averaged weights.
  case average

  /// The groups of a run with `configuration`, in the order in which they travel and are written.
  package static func all(of configuration: TrainingConfiguration) -> [CheckpointTensor] {
    configuration.optimizer.makeOptimizer().slots.map { .state($0) }
      + (configuration.train.emaDecay > 0 ? [.average] : [])
  }

  /// The file that holds the group.
  package var file: String {
    switch self {
    case .state: "optimizer.safetensors"
    case .average: WeightsKind.averaged.file
    }
  }

  /// What the group's tensor for the parameter `name` is called.
  package func tensor(_ name: String) -> String {
    switch self {
    case .state(let slot): "\(slot).\(name)"
    case .average: name
    }
  }

  /// The tensors of `layout` that the group has: what the optimizer keeps is of those that learn.
  package func parameters(of layout: ParameterLayout) -> [Parameter] {
    switch self {
    case .state: layout.learning
    case .average: layout.parameters
    }
  }

  /// The bytes of the elements in each file of a checkpoint, by its name.
  package static func fileBytes(
    of configuration: TrainingConfiguration, _ layout: ParameterLayout
  ) -> [String: Int] {
    func bytes(_ parameters: [Parameter]) -> Int {
      parameters.reduce(0) { $0 + $1.range.count } * MemoryLayout<Float>.stride
    }
    return all(of: configuration).reduce(into: [weightsFile: bytes(layout.parameters)]) {
      $0[$1.file, default: 0] += bytes($1.parameters(of: layout))
    }
  }

  /// The file that holds the weights.
  package static let weightsFile = WeightsKind.weights.file
}

extension CheckpointState {
  /// The configuration that the checkpoint in `directory` was made with.
  ///
  /// - Throws: `ConfigurationError` where its text is of another version.
  package func trainingConfiguration(
    in directory: String
  ) throws(ConfigurationError) -> TrainingConfiguration {
    var result = TrainingConfiguration()
    result.train.products = .ofFirstRelease(blas: blas)
    try result.apply(toml: configuration, from: "\(directory)/state.json")
    return result
  }
}

extension Checkpoint {
  /// The configuration that the checkpoint was made with.
  package func trainingConfiguration() throws(ConfigurationError) -> TrainingConfiguration {
    try state.trainingConfiguration(in: directory)
  }
}
