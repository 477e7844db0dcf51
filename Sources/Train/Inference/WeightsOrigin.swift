/// Where the weights of a trained model come from.
public enum WeightsOrigin: Sendable {
  /// The best checkpoint of a run directory; the newest valid one where none was evaluated.
  case run(String)
  /// One checkpoint's folder.
  case checkpoint(String)
  /// A safetensors file, with the configuration that it belongs to.
  case file(String, TrainingConfiguration)

  var checkpointDirectory: String? {
    if case .checkpoint(let directory) = self { directory } else { nil }
  }
}
