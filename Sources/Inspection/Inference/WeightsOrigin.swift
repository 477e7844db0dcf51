public import Configuration

/// Where the weights of a trained model come from.
public enum WeightsOrigin: Sendable {
  /// The best checkpoint of a run directory; the newest valid one where none was evaluated.
  ///
  /// Where a configuration is expected, its model and data must be the checkpoint's.
  case run(String, expecting: TrainingConfiguration? = nil)
  /// One checkpoint's folder.
  case checkpoint(String, expecting: TrainingConfiguration? = nil)
  /// A safetensors file, with the configuration that it belongs to; `leavingOut` tolerates tensors that
  /// the model does not have.
  case file(String, TrainingConfiguration, leavingOut: Bool = false)

  package var checkpointDirectory: String? {
    if case .checkpoint(let directory, _) = self { directory } else { nil }
  }
}
