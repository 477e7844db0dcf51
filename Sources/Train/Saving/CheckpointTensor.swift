import Checkpoints
package import Configuration

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

  /// The bytes of the elements in the largest file of a checkpoint.
  package static func largestFileBytes(
    of configuration: TrainingConfiguration, parameters: Int
  ) -> Int {
    let groups = Dictionary(grouping: all(of: configuration), by: \.file).values.map(\.count)
    return max(1, groups.max() ?? 1) * parameters * MemoryLayout<Float>.stride
  }

  /// The file that holds the weights.
  package static let weightsFile = WeightsKind.weights.file
}
