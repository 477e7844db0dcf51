import Glibc
import Kernels
import TestSupport
import Testing

@Suite("Rotary positions")
struct RotaryPositionsTests {
  /// Tokens, and pairs of channels.
  private static let sizes = [(1, 1), (3, 17), (17, 31), (5, 16), (2, 15), (40, 33)]

  /// `values` (N, A) with each pair turned by its angle, as rotate_half does it; `direction` -1 turns back.
  private static func turned(_ values: [Double], size: Int, direction: Double = 1) -> [Double] {
    values.indices.map { place in
      let (token, channel) = (place / size, place % size)
      let pair = channel % (size / 2)
      let angle = direction * Double(token) * pow(10_000, -2 * Double(pair) / Double(size))
      let isLeft = channel < size / 2
      let partner = values[isLeft ? place + size / 2 : place - size / 2]
      return values[place] * cos(angle) + (isLeft ? -partner : partner) * sin(angle)
    }
  }

  @Test("Forward turns the pairs, backward turns them back", arguments: sizes)
  func reference(tokens: Int, pairs: Int) {
    let size = 2 * pairs
    var random = RandomValues(seed: 51)
    let input = random.array(tokens * size)
    let table = RotaryTable(tokens: tokens, size: size)
    for (direction, turn) in [(1.0, rotaryForward), (-1.0, rotaryBackward)]
      as [(Double, (Matrix<Float>, RotaryTable) -> Void)]
    {
      let matrix = Matrix(input, columns: size)
      turn(matrix, table)
      let expected = Self.turned(input, size: size, direction: direction)
      for (value, expected) in zip(matrix.values, expected) {
        // Sine and cosine are rounded, one product, and the sum.
        #expect(abs(Double(value) - expected) <= 4 * 0x1p-24)
      }
      #expect(matrix.surroundingsAreUntouched)
    }
    #expect(table.bytes == 2 * tokens * pairs * 4)
  }

  @Test("The reference turned back is the gradient of the reference")
  func gradient() {
    let size = 6
    var random = RandomValues(seed: 52)
    let (input, dOutput) = (random.array(5 * size), random.array(5 * size))
    let numerical = numericalGradient(at: input) { values in
      zip(Self.turned(values, size: size), dOutput).map { $0 * $1 }.reduce(0, +)
    }
    let back = Self.turned(dOutput, size: size, direction: -1)
    for (value, expected) in zip(numerical, back) { #expect(abs(value - expected) < 1e-9) }
  }

  @Test("The product of a query and a key depends on their distance alone")
  func distances() {
    let (tokens, size) = (23, 10)
    var random = RandomValues(seed: 53)
    let table = RotaryTable(tokens: tokens, size: size)
    func everywhere(_ values: [Double]) -> [[Double]] {
      let matrix = Matrix((0..<tokens).flatMap { _ in values }, columns: size)
      rotaryForward(matrix, table)
      let turned = matrix.values.map(Double.init)
      return (0..<tokens).map { Array(turned[$0 * size..<($0 + 1) * size]) }
    }
    let (queries, keys) = (everywhere(random.array(size)), everywhere(random.array(size)))
    func score(_ query: Int, _ key: Int) -> Double {
      zip(queries[query], keys[key]).map { $0 * $1 }.reduce(0, +)
    }
    for distance in 1 - tokens..<tokens {
      let first = max(0, -distance)
      for query in first..<min(tokens, tokens - distance) {
        let difference = score(query, query + distance) - score(first, first + distance)
        #expect(abs(difference) <= Double(4 * 4 * size) * 0x1p-24)
      }
    }
    #expect(abs(score(0, 1) - score(0, 5)) > 0.01)
  }

  @Test("In bf16 the exact result is rounded once")
  func bfloat16() {
    var random = RandomValues(seed: 54)
    let input = random.array(7 * 18)
    let matrix = Matrix<BFloat16>(rounding: input, columns: 18)
    let rounded = matrix.values.map(Double.init)
    rotaryForward(matrix, RotaryTable(tokens: 7, size: 18))
    for (value, expected) in zip(matrix.values, Self.turned(rounded, size: 18)) {
      #expect(abs(Double(value) - expected) <= 1.01 * 0x1p-8 * max(abs(expected), 0x1p-10))
    }
    #expect(matrix.surroundingsAreUntouched)
  }
}
