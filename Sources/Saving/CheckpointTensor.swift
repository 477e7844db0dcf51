package import Checkpoints
package import Configuration
package import Model
import Optimization
import Platform
import Transfer

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

extension Checkpoint {
  /// Checks from the headers that the checkpoint has what a run with `configuration` reads from it.
  ///
  /// The digests do not say so: a state that was edited may have been sealed again.
  ///
  /// - Parameters:
  ///   - configuration: what decides which tensors there are.
  ///   - model: its model.
  ///   - allowsAbsent: whether tensors beside the weights may be missing, as for a run that resumes by force.
  /// - Throws: `CheckpointError`, or `CommandError` that names a tensor of another shape.
  package func requireTensors(
    of configuration: TrainingConfiguration, _ model: Model,
    allowingAbsent allowsAbsent: Bool = false
  ) throws {
    try WeightsFile("\(directory)/\(CheckpointTensor.weightsFile)").requireFit(model)
    for group in CheckpointTensor.all(of: configuration) {
      let wanted = group.parameters(of: model.layout)
      if wanted.isEmpty || allowsAbsent && state.files[group.file] == nil { continue }
      let file = try file(group.file)
      for parameter in wanted {
        let name = group.tensor(parameter.name)
        if allowsAbsent && file.tensors[name] == nil { continue }
        let shape = try file.tensor(name).shape
        guard shape == parameter.shape else {
          throw CommandError(
            "\(file.path): \(name) has shape \(shape), the model needs \(parameter.shape); use another copy "
              + "or an older checkpoint", exitCode: .badData)
        }
        try file.requireFloats(name)
      }
    }
  }
}
