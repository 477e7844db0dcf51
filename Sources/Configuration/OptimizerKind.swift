/// The rule by which gradients change weights.
public enum OptimizerKind: String, Sendable, CaseIterable {
  /// Adam with decoupled weight decay.
  case adamw
  /// Stochastic gradient descent, with momentum if it is wanted.
  case sgd
  /// Adam's step, scaled to the norm of each tensor: for large batches.
  case lamb

  /// The keys that it reads besides those that all optimizers read.
  var keys: [String] {
    switch self {
    case .adamw, .lamb: ["optimizer.beta1", "optimizer.beta2", "optimizer.epsilon"]
    case .sgd: ["optimizer.momentum", "optimizer.nesterov"]
    }
  }
}
