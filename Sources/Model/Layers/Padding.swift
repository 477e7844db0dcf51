import Kernels
import Profiling

/// The tokens that only fill a sequence up, known by their number: they are masked where tokens are mixed.
struct Padding: Sendable {
  private let token: Int32

  /// The tokens of a sample, N.
  private let tokens: Int

  /// Added to the scores of a key, it makes its share zero.
  private static let hidden: Float = -1e9

  /// That of a model; nil if no token is named, as for images.
  init?(_ configuration: ModelConfiguration) {
    guard configuration.paddingToken >= 0 else { return nil }
    token = Int32(configuration.paddingToken)
    tokens = configuration.tokens
  }

  /// That of a model which leaves it out where tokens are mixed by their places; nil for others.
  init?(masked configuration: ModelConfiguration) {
    guard configuration.maskPadding else { return nil }
    self.init(configuration)
  }

  /// Sets the rows of padding in `matrix` (C·N, …) to zero: what is mixed, or its gradient.
  @specialized(where Element == Float, Cleared == Float)
  @specialized(where Element == BFloat16, Cleared == Float)
  @specialized(where Element == BFloat16, Cleared == BFloat16)
  func clear<Element, Cleared: Numeral>(_ matrix: Matrix<Cleared>, _ chunk: Chunk<Element>) {
    let text = chunk.pass.text.tokens
    let first = (chunk.pass.first + chunk.samples.lowerBound) * tokens
    for row in 0..<matrix.rows where text[first + row] == token {
      Kernels.clear(matrix.rows(row..<(row + 1)))
    }
  }

  /// What attention adds to the scores of each key of `sample`, written to `keys` (1, N); nil if nothing is hidden.
  func hideKeys<Element>(
    of sample: Int, into keys: Matrix<Float>, _ chunk: Chunk<Element>
  ) -> Matrix<Float>? {
    let text = chunk.pass.text.tokens
    let first = (chunk.pass.first + sample) * tokens
    guard text[first..<(first + tokens)].contains(token) else { return nil }
    chunk.enter(.attention)
    Kernels.hideKeys(
      text.span, from: first, hidden: token, value: Self.hidden, into: keys)
    return keys
  }
}
