package import Checkpoints
package import Configuration

extension CheckpointState {
  /// The configuration that the checkpoint in `directory` was made with.
  ///
  /// - Throws: `ConfigurationError` if its text is of another version.
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
