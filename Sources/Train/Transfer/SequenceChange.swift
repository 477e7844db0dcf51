import Model

/// How a tensor of a model of text becomes that of a model of shorter or longer sequences.
///
/// From n tokens to m it keeps what the two have in common: of a Toeplitz matrix the weights of the distances that both
/// have, so that the new W begins as the old one does, W[:m, :m]; of a free W the same corner; of its bias and of learned
/// positions the first m. Where m > n, greater distances weigh 0 and the bias goes on with its start, 1. A free W and
/// learned positions cannot grow, and a Mixer's layers over the tokens fit one length only.
struct SequenceChange {
  /// The tokens of a sequence of the given weights, and of the model.
  let source: Int
  let target: Int

  private enum Rule {
    /// (2n - 1), around the distance 0.
    case distances
    /// (n) numbers or rows of `width`, the new ones `start`.
    case places(width: Int, start: Float)
    /// (n, n).
    case matrix
  }

  private let rule: Rule

  /// Compares a given shape with that of `parameter`, a tensor of a model of text.
  ///
  /// - Throws: `Misfit` where there is no rule for the change of length.
  /// - Returns: nil where the length is the same, or the tensor has nothing to do with it.
  init?(_ parameter: Parameter, from shape: [Int]) throws(TensorAdaptation.Misfit) {
    let wanted = parameter.shape
    guard shape != wanted, shape.count == wanted.count else { return nil }
    (source, target) = (shape[0], wanted[0])
    switch parameter.axes {
    case [.distances]:
      guard shape[0] % 2 == 1, shape[0] > 0 else { return nil }
      (source, target) = ((shape[0] + 1) / 2, (wanted[0] + 1) / 2)
      rule = .distances
      return
    case [.tokens]:
      guard let start = parameter.constantStart else { break }
      rule = .places(width: 1, start: start)
      return
    case [.tokens, .summedTokens]:
      guard shape[0] == shape[1] else { return nil }
      rule = .matrix
      try requireShorter("a W that is not Toeplitz")
      return
    case [.positions, .channels]:
      guard shape[1] == wanted[1] else { return nil }
      rule = .places(width: shape[1], start: 0)
      try requireShorter("learned positions")
      return
    case [.channels, .summedTokens]: (source, target) = (shape[1], wanted[1])
    case [.tokens, .channels]: break
    default: return nil
    }
    throw Self.misfit(source, target, "a layer over the tokens fits one length only")
  }

  private func requireShorter(_ what: String) throws(TensorAdaptation.Misfit) {
    guard target > source else { return }
    throw Self.misfit(source, target, "\(what) cannot grow")
  }

  private static func misfit(
    _ source: Int, _ target: Int, _ reason: String
  ) -> TensorAdaptation.Misfit {
    TensorAdaptation.Misfit(
      text: "is for sequences of \(source) tokens, the model's have \(target), and \(reason): "
        + "set model.sequence_length = \(source)")
  }

  /// The values of the model's tensor, of those of the given one; both row-major.
  func callAsFunction(_ given: [Float]) -> [Float] {
    switch rule {
    case .distances:
      return (1 - target..<target).map { abs($0) < source ? given[$0 + source - 1] : 0 }
    case .places(let width, let start):
      let kept = given.prefix(target * width)
      return kept + repeatElement(start, count: target * width - kept.count)
    case .matrix:
      return (0..<target).flatMap { given[$0 * source..<$0 * source + target] }
    }
  }
}
