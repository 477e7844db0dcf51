import Kernels

/// The tokens of a sample whose mean goes to the classifier.
enum TokenPooling: Sendable, Equatable {
  /// All of them.
  case all
  /// The first one: the class token of an image, or the `[CLS]` of a text.
  case first
  /// All but those that fill a text up.
  case real(padding: Int32)

  /// What a model of classes reads.
  init(_ configuration: ModelConfiguration) {
    let padding = configuration.paddingToken
    switch configuration.classReading.pooling {
    case .first: self = .first
    case .mean: self = padding >= 0 ? .real(padding: Int32(padding)) : .all
    }
  }

  /// The tokens of a sample of `tokens` that have to be normalised; they are its first ones.
  func count(of tokens: Int) -> Int { self == .first ? 1 : tokens }

  /// The rows to take the mean of, among those that are normalised, for the one sample of `chunk`.
  ///
  /// All of them for a text that is nothing but padding.
  func rows<Element>(of tokens: Int, _ chunk: Chunk<Element>) -> [Int] {
    guard case .real(let padding) = self else { return Array(0..<count(of: tokens)) }
    precondition(chunk.samples.count == 1, "\(chunk.samples.count) samples, each with other rows")
    let first = (chunk.pass.first + chunk.samples.lowerBound) * tokens
    let text = chunk.pass.text.tokens[first..<(first + tokens)]
    let rows = (0..<tokens).filter { text[first + $0] != padding }
    return rows.isEmpty ? Array(0..<tokens) : rows
  }
}
