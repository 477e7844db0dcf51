/// What is done when weights have changed in a rank's memory although nobody updated them.
public enum ReplicaCheckKind: String, CaseIterable, Sendable {
  /// Nobody looks.
  case off
  /// The run ends with 76, to begin again at the newest checkpoint.
  case stop
  /// They are taken from a rank that has them right; where there is none, as `stop`.
  case repair
}
