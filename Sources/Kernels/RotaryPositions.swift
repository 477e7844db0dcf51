import Mathematics

/// The sines and cosines of rotary positions: by how much each token's pairs of channels are turned.
///
/// Token t turns pair i of a head of A channels by the angle t · 10000^(-2i / A). The table is computed in `Double` and
/// rounded once, so its bits are the same on every processor.
///
/// - Note: Source: Su et al., "RoFormer: Enhanced Transformer with Rotary Position Embedding", arXiv:2104.09864,
///   section 3.2.2.
public struct RotaryTable: Sendable {
  /// The angles fall from 1 to nearly the inverse of this number, in radians a token.
  public static let base = 10_000.0

  /// (N, A / 2) each.
  package let cosines: Matrix<Float>
  package let sines: Matrix<Float>

  /// The table for N = `tokens` tokens and heads of A = `size` channels.
  ///
  /// - Precondition: `size` is even, and both are positive. Traps otherwise.
  public init(tokens: Int, size: Int) {
    precondition(
      tokens > 0 && size > 0 && size.isMultiple(of: 2), "\(tokens) tokens, heads of \(size)")
    let pairs = size / 2
    let (cosines, sines) = (
      FloatBuffer(count: tokens * pairs), FloatBuffer(count: tokens * pairs)
    )
    self.cosines = Matrix(cosines, at: 0, rows: tokens, columns: pairs)
    self.sines = Matrix(sines, at: 0, rows: tokens, columns: pairs)
    for pair in 0..<pairs {
      let rate = exponential(-Double(2 * pair) / Double(size) * logarithm(Self.base))
      for token in 0..<tokens {
        let angle = sineAndCosine(Double(token) * rate)
        self.cosines.row(token)[pair] = Float(angle.cosine)
        self.sines.row(token)[pair] = Float(angle.sine)
      }
    }
  }

  /// Its size in memory.
  public var bytes: Int { 2 * cosines.rows * cosines.columns * MemoryLayout<Float>.stride }
}

extension RotaryTable: Equatable {
  /// Tables of the same sizes hold the same numbers.
  public static func == (left: RotaryTable, right: RotaryTable) -> Bool {
    left.cosines.rows == right.cosines.rows && left.cosines.columns == right.cosines.columns
  }
}

/// Turns the pairs of channels of each token by its angles, in place: the queries or the keys of one head.
///
/// A pair is a channel of the first half of the head and the same one of the second half, as in GPT-NeoX and in Hugging
/// Face's `rotate_half`: (x, y) becomes (x·cos − y·sin, y·cos + x·sin).
///
/// - Parameters:
///   - input: (N, A), one sample.
///   - table: for N tokens and heads of A channels.
/// - Precondition: the sizes agree. Traps otherwise.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func rotaryForward<Element: Numeral>(_ input: Matrix<Element>, _ table: RotaryTable) {
  turn(input, table, direction: 1)
}

/// Gradient of ``rotaryForward(_:_:)``, in place: turns back.
///
/// - Parameters:
///   - dOutput: (N, A) on entry; receives the gradient of the input.
///   - table: as in the forward pass.
@specialized(where Element == Float)
@specialized(where Element == BFloat16)
public func rotaryBackward<Element: Numeral>(_ dOutput: Matrix<Element>, _ table: RotaryTable) {
  turn(dOutput, table, direction: -1)
}

@inline(__always)
private func turn<Element: Numeral>(
  _ matrix: Matrix<Element>, _ table: RotaryTable, direction: Float
) {
  let pairs = table.cosines.columns
  matrix.requireShape(table.cosines.rows, 2 * pairs, "queries or keys")
  for token in 0..<matrix.rows {
    let row = matrix.rows(token..<(token + 1))
    let (left, right) = (row.columns(0..<pairs).row(0), row.columns(pairs..<(2 * pairs)).row(0))
    let (cosines, sines) = (table.cosines.row(token), table.sines.row(token))
    for lanes in Lanes.of(pairs) {
      let (x, y) = (left[lanes], right[lanes])
      let (cosine, sine) = (cosines[lanes], sines[lanes] * direction)
      left[lanes] = (x * cosine).addingProduct(-y, sine)
      right[lanes] = (y * cosine).addingProduct(x, sine)
    }
  }
}
