/// What ends a run that was started well, each with its exit code.
public enum TrainingError: Error, CustomStringConvertible, Sendable {
  /// A number that decides the update is not finite; no rank has updated its weights.
  case notFinite(step: Int, quantity: String)
  /// The checkpoint in the run directory belongs to another configuration or to other data.
  case differs(String)
  /// A file or directory of the run cannot be used.
  case storage(String)
  /// The last checkpoint could not be written.
  case notSaved(step: Int, cause: String)

  /// What happened and what to do, in one line.
  public var description: String {
    switch self {
    case .notFinite(let step, let quantity):
      "step \(step): the \(quantity) is not finite; lower optimizer.learning_rate, or run with "
        + "--debug to see which layer it begins in"
    case .differs(let text), .storage(let text): text
    case .notSaved(let step, let cause):
      "the checkpoint of step \(step) could not be written (\(cause)); the newest earlier one "
        + "stands"
    }
  }

  /// The exit code that says what kind of error it was.
  public var exitCode: Int32 {
    switch self {
    case .notFinite: 70
    case .differs: 64
    case .storage, .notSaved: 74
    }
  }
}
