import Kernels

/// A learned vector for each position, added to the token there.
struct PositionEmbedding: Sendable {
  private let parameter: Parameter
  private let tokens: Int

  var learns: Bool { parameter.learns }

  /// The tensor `name`, whose last two sizes are (N, D); it does not decay.
  init(_ name: String, tokens: Int, _ layout: ParameterLayout) {
    parameter = layout.require(name)
    self.tokens = tokens
  }

  /// Adds the vectors to every sample of `stream` (C·N, D).
  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func forward<Element>(_ stream: Matrix<Float>, _ pass: Pass<Element>) {
    let vectors = pass.weights.matrix(parameter, rows: tokens)
    for rows in stream.samples(of: tokens) { add(vectors, to: stream.rows(rows)) }
  }

  /// Adds the gradients, `dStream` (C·N, D), of every sample, unless the vectors are frozen.
  @specialized(where Element == Float)
  @specialized(where Element == BFloat16)
  func backward<Element>(_ dStream: Matrix<Float>, _ pass: Pass<Element>) {
    guard learns else { return }
    let gradient = pass.gradient.matrix(parameter, rows: tokens)
    for rows in dStream.samples(of: tokens) { add(dStream.rows(rows), to: gradient) }
  }
}
