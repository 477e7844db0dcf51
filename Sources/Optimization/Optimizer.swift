package import Configuration
package import Kernels

/// A rule by which gradients change weights: an optimizer as papers describe it.
///
/// It has only numbers and formulas. Ownership of weights, threads, averages and checkpoints are the
/// business of ``ShardedOptimizer``.
package protocol Optimizer: Sendable {
  /// One update of weights that are treated alike.
  associatedtype Update: WeightUpdate

  /// The state that is kept for each weight between updates, zero before the first: PyTorch's names.
  ///
  /// Checkpoints, the estimate of memory and resuming go through this list.
  var slots: [String] { get }

  /// One update of weights that are treated alike.
  func update(_ numbers: UpdateNumbers) -> Update
}

/// The numbers for one update of weights that are treated alike.
package struct UpdateNumbers: Sendable {
  /// The number of this update, from 1; steps whose update is skipped do not count.
  let number: Int
  /// This step's rate, with the factor of the weights.
  let learningRate: Double
  /// The decay with the factor of the weights; 0 for weights that do not decay.
  let weightDecay: Double
  /// The factor of the gradient: 1 / samples, and less if the norm is clipped.
  let gradientScale: Double
}

/// One update of weights that are treated alike.
package protocol WeightUpdate: Sendable {
  /// Whether it depends on norms of whole tensors, which several ranks may own: then it passes over the weights twice.
  var needsNorms: Bool { get }

  /// The first pass, if norms are needed: updates the state of `place`, and adds up the squares of its weights and of
  /// what is to change them.
  func prepare(_ place: OwnedWeights) -> SquareSums

  /// Updates `place` and its state; the bits of an element depend on its own numbers and on `sums` only.
  ///
  /// - Parameters:
  ///   - place: the weights.
  ///   - sums: the sums of the whole tensor after ``prepare(_:)`` of all its parts; nil if no norms are needed.
  func apply(to place: OwnedWeights, _ sums: SquareSums?)
}

extension WeightUpdate {
  package var needsNorms: Bool { false }

  package func prepare(_ place: OwnedWeights) -> SquareSums {
    preconditionFailure("an update without norms has no first pass")
  }
}

/// Weights in a row that this rank owns, and what belongs to them.
package struct OwnedWeights {
  /// The flat buffer of weights.
  let weights: FloatBuffer
  /// The weights' place in it.
  let range: Range<Int>
  /// The owned pieces of the gradient, one after the other.
  let gradient: FloatBuffer
  /// The state, a buffer for each of the optimizer's slots.
  let state: [FloatBuffer]
  /// Where gradient and state of `range` begin.
  let start: Int
}

extension OptimizerSettings {
  /// The optimizer that the settings name.
  package func makeOptimizer() -> any Optimizer {
    switch kind {
    case .adamw: AdamW(settings: self)
    case .sgd: SGD(settings: self)
    case .lamb: LAMB(settings: self)
    }
  }
}
