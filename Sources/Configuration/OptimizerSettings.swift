/// How gradients change weights.
public struct OptimizerSettings: Sendable, Equatable {
  /// The optimizer.
  public var kind = OptimizerKind.adamw
  /// The highest learning rate.
  public var learningRate = 3e-3
  /// Decay of matrices: AdamW's times the learning rate a step, SGD's is added to the gradient,
  /// LAMB's to the step.
  public var weightDecay = 0.05
  /// Decay of the mean of gradients.
  public var beta1 = 0.9
  /// Decay of the mean of squared gradients.
  public var beta2 = 0.999
  /// Added to the denominator, the root of the second moment.
  public var epsilon = 1e-6
  /// The share of SGD's momentum that stays from one step to the next; 0: no momentum is kept.
  public var momentum = 0.9
  /// Whether SGD's momentum is Nesterov's, which looks ahead.
  public var nesterov = false
  /// Names of tensors that do not learn.
  public var frozen: [NamePattern] = []
  /// Factors of the learning rate, by names of tensors; the last pattern that matches counts.
  public var rateFactors: [NameFactor] = []
  /// Factors of the decay of tensors that decay, by their names; the last pattern that matches counts.
  public var decayFactors: [NameFactor] = []
  /// What the learning rate is multiplied by for each layer between a tensor and the head; 1: all learn alike.
  public var layerDecay = 1.0
  /// Largest global norm of the gradient; 0: no limit.
  public var gradClip = 1.0
}

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

extension OptimizerSettings {
  /// Whether the tensor of this name does not learn.
  public func freezes(_ name: String) -> Bool { frozen.contains { $0.matches(name) } }
}
