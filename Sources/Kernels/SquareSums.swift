/// Sums of squares over weights of a tensor, or over all of them.
public struct SquareSums: Sendable, Equatable {
  /// The squares of the weights before their update.
  public var weights = 0.0
  /// The squares of what an update is about to subtract, before the learning rate.
  public var changes = 0.0

  /// Sums of nothing.
  public init() {}

  /// The given sums.
  public init(weights: Double, changes: Double) {
    (self.weights, self.changes) = (weights, changes)
  }
}
