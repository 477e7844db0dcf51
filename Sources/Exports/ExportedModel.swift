package import Configuration
package import Datasets
package import Kernels
package import Model

/// A trained model as it is handed to other programs.
package struct ExportedModel {
  /// What it was trained with.
  package let configuration: TrainingConfiguration
  /// Where its tensors lie.
  package let layout: ParameterLayout
  /// The flat weights.
  package let weights: FloatBuffer
  /// How pixels become what it takes.
  package let normalization: Normalization
  /// The names of its classes in the order of their numbers, where they are known.
  package let classNames: [String]?
  /// The steps that it was trained for, where they are known.
  package let step: Int?
  /// The SHA-256 of the weights in state-dict order.
  package let weightsDigest: String
  /// The digest of the data that it was trained with, where it is known.
  package var trainingDigest: String?
  /// What an evaluation on the test set measured, with its value, where one is known.
  package var score: (metric: String, value: Double)?

  /// A model with all that is known of it.
  package init(
    _ configuration: TrainingConfiguration, _ layout: ParameterLayout, _ weights: FloatBuffer,
    normalization: Normalization, classNames: [String]?, step: Int?, weightsDigest: String
  ) {
    self.configuration = configuration
    self.layout = layout
    self.weights = weights
    self.normalization = normalization
    self.classNames = classNames
    self.step = step
    self.weightsDigest = weightsDigest
  }
}
