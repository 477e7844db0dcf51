/// The rule by which gradients change weights.
public enum OptimizerKind: String, Sendable, CaseIterable {
  /// Adam with decoupled weight decay.
  case adamw
}
