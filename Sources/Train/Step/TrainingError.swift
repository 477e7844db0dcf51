import Platform
import Supervision

/// What ends a run after a good start, each with its exit code.
public enum TrainingError: Error, CustomStringConvertible, Sendable, Equatable {
  /// A number that decides the update is not finite; no rank has updated its weights.
  case notFinite(step: Int, quantity: String)
  /// A rank that checks every number has found the layer in which one is not finite.
  case notFiniteIn(layer: String, step: Int, microBatch: Int, quantity: String)
  /// Weights have changed in some rank's memory, and no right copy is left.
  case weightsChanged(String)
  /// Weights change again and again in some rank's memory.
  case memoryFails(String)
  /// A rank has failed and has told the others.
  case rankFailed(String, exitCode: Int32)
  /// Another run holds the lock of the run directory.
  case inUse(directory: String)
  /// The checkpoint in the run directory belongs to another configuration or to other data.
  case differs(String)
  /// A file or directory of the run cannot be used.
  case storage(String)
  /// The last checkpoint could not be written; `earlier` is the step of the newest one.
  case notSaved(step: Int, cause: String, earlier: Int?)

  /// What happened and what to do, in one line.
  public var description: String {
    switch self {
    case .notFinite(let step, let quantity):
      "step \(step): the \(quantity) is not finite; lower optimizer.learning_rate, or run with "
        + "--debug to see which layer it begins in"
    case .notFiniteIn(let layer, let step, let microBatch, let quantity):
      "step \(step), micro-batch \(microBatch), \(layer): the \(quantity) is not finite; "
        + "lower optimizer.learning_rate, or look at the weights and samples that it began with"
    case .inUse(let directory):
      "\(directory): another run is using this directory; wait for it or choose another --run-dir"
    case .weightsChanged(let text):
      "\(text); start again to resume from the newest checkpoint, and test that memory"
    case .memoryFails(let text):
      "\(text): that memory is faulty; leave that host out and start again to resume from the newest "
        + "checkpoint"
    case .rankFailed(let text, _), .differs(let text), .storage(let text): text
    case .notSaved(let step, let cause, let earlier):
      "the checkpoint of step \(step) could not be written (\(cause)); "
        + (earlier.map { "the newest one is of step \($0)" } ?? "there is no earlier one")
    }
  }

  /// Whether all ranks throw it at the same place, having decided from the same numbers.
  public var isCommon: Bool {
    switch self {
    case .notFinite, .weightsChanged, .memoryFails, .rankFailed: true
    default: false
    }
  }

  /// The exit code that says what kind of error it was.
  public var exitCode: Int32 {
    switch self {
    case .notFinite, .notFiniteIn: ExitCode.internalError.rawValue
    case .weightsChanged, .memoryFails: ExitCode.rankLost.rawValue
    case .rankFailed(_, let exitCode): exitCode
    case .differs, .inUse: ExitCode.usage.rawValue
    case .storage, .notSaved: ExitCode.inputOutput.rawValue
    }
  }
}
