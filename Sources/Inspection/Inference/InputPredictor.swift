package import Datasets

/// Answers what a model is asked about, many inputs at once.
package protocol InputPredictor {
  /// What is answered to one input.
  associatedtype Answer: Encodable & Sendable

  /// The most inputs that are computed at once.
  var batchSize: Int { get }

  /// Answers inputs.
  ///
  /// - Parameters:
  ///   - contents: any number of inputs, of the kind that the model is asked about.
  ///   - top: how many possible answers are given for each; nil for all.
  /// - Throws: `DatasetError`, `ThreadError`, or ``CommandError`` (70) where a score is not finite.
  /// - Returns: the answers, in the order of the inputs.
  mutating func predict(_ contents: [TextInput.Content], top: Int?) throws -> [Answer]
}
