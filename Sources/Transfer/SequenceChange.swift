import Model

/// How a tensor of a model of text becomes that of a model of shorter or longer sequences.
///
/// From n tokens to m it keeps what the two have in common: of a Toeplitz matrix the weights of the distances that both
/// have, so that the new W begins as the old one does, W[:m, :m]; of a free W the same corner; of its bias and of learned
/// positions the first m. Where m > n, greater distances weigh 0 and the bias continues with 1, its start. A free W and
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
  /// - Throws: `Misfit` if there is no rule for the change of length.
  /// - Returns: nil if the length is the same, or the tensor has nothing to do with it.
  init?(_ parameter: Parameter, from shape: [Int]) throws(TensorAdaptation.Misfit) {
    let wanted = parameter.shape
    guard shape != wanted, shape.count == wanted.count else { return nil }
    var lengths = (source: shape[0], target: wanted[0])
    /// Why there is no rule at all, or none for longer sequences.
    var (refusal, refusesLonger) = (nil as String?, nil as String?)
    switch parameter.axes {
    case [.distances]:
      guard shape[0] % 2 == 1, shape[0] > 0 else { return nil }
      lengths = ((shape[0] + 1) / 2, (wanted[0] + 1) / 2)
      rule = .distances
    case [.tokens]:
      rule = .places(width: 1, start: parameter.constantStart ?? 0)
      if parameter.constantStart == nil { refusal = Self.ofOneLength }
    case [.tokens, .summedTokens]:
      guard shape[0] == shape[1] else { return nil }
      rule = .matrix
      refusesLonger = "a W that is not Toeplitz cannot grow"
    case [.positions, .channels]:
      guard shape[1] == wanted[1] else { return nil }
      rule = .places(width: shape[1], start: 0)
      refusesLonger = "learned positions cannot grow"
    case [.tokens, .channels], [.channels, .summedTokens]:
      if parameter.axes[0] == .channels { lengths = (shape[1], wanted[1]) }
      guard lengths.source != lengths.target else { return nil }
      rule = .matrix
      refusal = Self.ofOneLength
    default: return nil
    }
    (source, target) = lengths
    if let reason = refusal ?? (target > source ? refusesLonger : nil) {
      throw TensorAdaptation.Misfit(
        text: "is for sequences of \(source) tokens, the model's have \(target), and \(reason): "
          + "set model.sequence_length = \(source)")
    }
  }

  private static let ofOneLength = "a Mixer's layers over the tokens fit one length only"

  /// The values of the model's tensor, of those of the given one; both row-major.
  func callAsFunction(_ given: [Float]) -> [Float] {
    switch rule {
    case .distances:
      return (1 - target..<target).map { abs($0) < source ? given[$0 + source - 1] : 0 }
    case .places(let width, let start):
      let kept = given.prefix(target * width)
      return Array(kept) + repeatElement(start, count: target * width - kept.count)
    case .matrix:
      return (0..<target).flatMap { given[$0 * source..<$0 * source + target] }
    }
  }
}
