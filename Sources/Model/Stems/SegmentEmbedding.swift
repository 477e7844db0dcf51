import Kernels

/// A learned vector for each of two texts, added to their tokens.
///
/// Tokens after the first separator belong to the second text. All others, padding among them, belong to the first.
///
/// - Note: Source: Devlin et al., "BERT", arXiv:1810.04805, section 3.
struct SegmentEmbedding: Sendable {
  /// (2, D).
  private static let name = "segment_embedding.weight"

  private let parameter: Parameter
  private let tokens: Int
  private let separator: Int32
  private let padding: Int32

  var learns: Bool { parameter.learns }

  /// Initially zero, so that a model starts as it would without; they do not decay, as positions do not.
  static func tensors(_ configuration: ModelConfiguration) -> [TensorDeclaration] {
    [TensorDeclaration(name, [2, configuration.dModel], .constant(0), decays: false)]
  }

  init(_ configuration: ModelConfiguration, _ layout: ParameterLayout) {
    parameter = layout.require(Self.name)
    tokens = configuration.tokens
    separator = Int32(configuration.separatorToken)
    padding = Int32(configuration.paddingToken)
  }

  /// Adds the vectors to the tokens of the pass, `stream` (S·N, D).
  func forward<Element>(_ stream: Matrix<Float>, _ pass: Pass<Element>) {
    addRows(of: pass.weights.matrix(parameter), segments(pass).span, from: 0, to: stream)
  }

  /// Adds the gradients, given that of the tokens, `dStream` (S·N, D), unless the vectors are frozen.
  func backward<Element>(_ dStream: Matrix<Float>, _ pass: Pass<Element>) {
    guard learns else { return }
    scatterRows(
      dStream, segments(pass).span, from: 0, addingTo: pass.gradient.matrix(parameter))
  }

  /// The text that each token of the pass belongs to, (S·N): 0 or 1.
  private func segments<Element>(_ pass: Pass<Element>) -> [Int32] {
    let text = pass.text.tokens
    var segments = [Int32](repeating: 0, count: pass.count * tokens)
    for sample in 0..<pass.count {
      var isBehind = false
      for place in sample * tokens..<(sample + 1) * tokens {
        let token = text[pass.first * tokens + place]
        if isBehind && token != padding { segments[place] = 1 }
        if token == separator { isBehind = true }
      }
    }
    return segments
  }
}
