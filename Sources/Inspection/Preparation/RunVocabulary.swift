import Checkpoints
import Configuration
public import Datasets
import Files
import Model
import Platform
import Transfer

/// The vocabulary that the model of a run was trained with.
public enum RunVocabulary {
  /// Finds it beside the training set of the run.
  ///
  /// - Parameters:
  ///   - path: a run directory, or one checkpoint.
  ///   - warning: receives a line for each damaged checkpoint that is skipped.
  /// - Returns: the vocabulary, which has the digest that the training set records.
  /// - Throws: ``CommandError`` if there is no checkpoint, its model takes no text, or the training set is gone.
  public static func find(_ path: String, warning: (String) -> Void) throws -> Vocabulary {
    let folder = try Checkpoint.path(meantBy: path)
    let checkpoint =
      try RunCheckpoints.isCheckpoint(folder)
      ? Checkpoint.open(folder) : TrainedModel.newestCheckpoint(of: path, warning)
    let configuration = try checkpoint.trainingConfiguration()
    guard !configuration.model.vocabulary.isEmpty else {
      throw CommandError(
        "\(path): the model takes images and has no vocabulary; name a run with text, or give --vocabulary",
        exitCode: .badData)
    }
    do {
      return try Vocabulary(besideShards: configuration.data.files(of: .train))
    } catch {
      throw CommandError(
        "\(error); or name the vocabulary of \(path) by --vocabulary", exitCode: .badData)
    }
  }
}
