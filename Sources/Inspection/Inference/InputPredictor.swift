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
  ///   - give: takes each answer as soon as it is known, in the order of the inputs.
  /// - Throws: `DatasetError`, `ThreadError`, ``CommandError`` (70) where a score is not finite, or what `give` throws.
  mutating func predict(
    _ contents: [TextInput.Content], top: Int?, give: (Answer) throws -> Void
  ) throws
}
