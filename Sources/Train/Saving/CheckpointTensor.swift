import Checkpoints

/// The groups of tensors that a checkpoint holds beside the weights.
package enum CheckpointTensor: Int, Sendable, CaseIterable {
  /// Means of the gradients.
  case firstMoment
  /// Means of their squares.
  case secondMoment
  /// The averaged weights.
  case average

  /// The file that holds the group.
  package var file: String {
    switch self {
    case .firstMoment, .secondMoment: "optimizer.safetensors"
    case .average: WeightsKind.averaged.file
    }
  }

  /// What the group's tensor for the parameter `name` is called: PyTorch's words.
  package func tensor(_ name: String) -> String {
    switch self {
    case .firstMoment: "exp_avg.\(name)"
    case .secondMoment: "exp_avg_sq.\(name)"
    case .average: name
    }
  }

  /// The bytes of the elements in the largest file of a checkpoint.
  package static func largestFileBytes(parameters: Int) -> Int {
    let most = Dictionary(grouping: allCases, by: \.file).values.map(\.count).max() ?? 1
    return most * parameters * MemoryLayout<Float>.stride
  }

  /// The file that holds the weights.
  package static let weightsFile = WeightsKind.weights.file
}
