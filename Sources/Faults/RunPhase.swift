/// What a rank does at a moment of a run; the names are those of `GMLP_TRAIN_FAULT`.
///
/// `agree` and `bucket` are the communication thread's; `exchange` is everybody's who waits.
package enum RunPhase: UInt32, CaseIterable, Sendable {
  /// Opening data and checkpoints, agreeing with the others.
  case start
  /// Waiting for a batch.
  case data
  case forward
  case backward
  /// About to agree with the others whether the step stands.
  case agree
  /// About to exchange a bucket of gradients.
  case bucket
  /// Waiting for messages of other ranks, or for them to come to the same point.
  case exchange
  /// Adding up the squares of the gradient.
  case norm
  /// The optimizer on the owned weights.
  case update
  /// Waiting for weights that others have updated.
  case gather
  case evaluate
  /// Copying what a checkpoint needs.
  case snapshot
  /// Waiting for a checkpoint to be on disk.
  case disk
  /// All steps are done, or the run was asked to stop.
  case finish

  /// The name in variables and messages.
  package var name: String { "\(self)" }

  /// Whether a rank in it can only go on when other ranks do something.
  package var waitsForOthers: Bool { self == .exchange || self == .gather }

  /// Whether code that reaches it can throw.
  var canThrow: Bool { ![.start, .backward, .exchange, .gather, .disk].contains(self) }

  /// The thread that goes through it.
  package var isOfCommunication: Bool { self == .agree || self == .bucket }
}
