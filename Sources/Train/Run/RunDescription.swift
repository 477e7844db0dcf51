import Comm

/// What is said of a run at its start and kept in its checkpoints.
package struct RunDescription: Sendable {
  /// The digest of the training data.
  let trainingDigest: String
  /// The digest of the test data.
  let testDigest: String
  /// The names of the classes, where the training data have them.
  let classNames: [String]?
  /// Where the ranks are.
  let placement: Placement
  /// What computes it; the same on all ranks.
  package let machine = Machine.here
}
