internal import Comm
internal import Kernels

/// What is said of a run at its start and kept in its checkpoints.
struct RunDescription: Sendable {
  /// The digest of the training data.
  let trainingDigest: String
  /// The digest of the test data.
  let testDigest: String
  /// Where the ranks are.
  let placement: Placement
  /// The core that BLAS chose its kernels for.
  var cpu: String { BLAS.coreName }
  /// The BLAS library and its configuration.
  var blas: String { BLAS.configuration }
  /// This program's version and the processor that it was compiled for.
  var build: String { Version.build }
}
