package import Checkpoints
package import Configuration
package import Model
import Platform

extension Checkpoint {
  /// Checks from the headers that the checkpoint has what a run with `configuration` reads from it.
  ///
  /// The digests do not say so: a state that was edited may have been sealed again.
  ///
  /// - Parameters:
  ///   - configuration: what decides which tensors there are.
  ///   - model: its model.
  ///   - allowsAbsent: whether tensors beside the weights may be missing, as for a run that goes on by force.
  /// - Throws: `CheckpointError`, or ``CommandError`` that names a tensor of another shape.
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
