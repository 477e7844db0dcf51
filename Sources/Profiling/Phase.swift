/// What the time of a thread that trains goes to.
public enum Phase: Sendable, Hashable {
  /// A kernel of the forward pass.
  case forward(Kernel)
  /// A kernel of the backward pass; what that computes again counts here.
  case backward(Kernel)
  /// Waiting for a batch.
  case data
  /// Setting a gradient to zero.
  case clearing
  /// Rounding the weights to bf16.
  case rounding
  /// Adding gradients of micro-batches inside a rank.
  case additions
  /// Waiting for the rank's other workers.
  case imbalance
  /// The ranks' agreement whether a step goes ahead.
  case agreement
  /// The exchange of gradients; for a worker the time that it waits for it.
  case exchange
  /// The norm of the gradient, and the metrics.
  case norm
  /// The update of the weights that a rank owns.
  case optimizer
  /// Getting the weights that other ranks have updated.
  case gather
  /// Being held up by a checkpoint.
  case checkpoint
  /// Whatever is not named; a communication thread has nothing to do.
  case other

  /// What people and programs read.
  public var name: String {
    switch self {
    case .forward(let kernel): "forward \(kernel.rawValue)"
    case .backward(.linear): "backward linear products, inputs"
    case .backward(.spatial): "backward spatial products, inputs"
    case .backward(let kernel): "backward \(kernel.rawValue)"
    case .data: "waiting for data"
    case .clearing: "clearing gradients"
    case .rounding: "rounding weights"
    case .additions: "adding gradients"
    case .imbalance: "waiting for other workers"
    case .agreement: "agreement"
    case .exchange: "reduction, exposed"
    case .norm: "gradient norm"
    case .optimizer: "optimizer"
    case .gather: "gather"
    case .checkpoint: "checkpoint"
    case .other: "other"
    }
  }
}

extension Phase: CaseIterable {
  /// Every phase, in the order of a step.
  public static var allCases: [Phase] {
    [.data, .rounding, .clearing] + Kernel.allCases.map(Phase.forward)
      + Kernel.allCases.reversed().map(Phase.backward)
      + [
        .additions, .imbalance, .agreement, .exchange, .norm, .optimizer, .gather, .checkpoint,
        .other,
      ]
  }
}
