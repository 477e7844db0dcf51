package import Checkpoints
package import Configuration

extension CheckpointState {
  /// The configuration that the checkpoint in `directory` was made with.
  ///
  /// - Throws: `ConfigurationError` where its text is of another version.
  package func trainingConfiguration(
    in directory: String
  ) throws(ConfigurationError) -> TrainingConfiguration {
    var result = TrainingConfiguration()
    // What 0.1.0 multiplied with, which had no such key.
    result.train.products = blas.contains("no oneDNN") ? .openblas : .onednn
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
