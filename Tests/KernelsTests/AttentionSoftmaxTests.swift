import Kernels
import TestSupport
import Testing

@Suite("Softmax of attention")
struct AttentionSoftmaxTests {
  @Test("Shares and gradient agree with the reference", arguments: oddSizes)
  func gradients(size: TestSize) {
    var random = RandomValues(seed: 40)
    let scores = random.array(size.count).map { 8 * $0 }
    let dOutput = random.array(size.count)
    let shares = Matrix(zeros: size.rows, size.columns)
    attentionSoftmaxForward(
      Matrix(scores, columns: size.columns), scale: 0.5, into: shares)
    let expected = ReferenceKernels.attentionSoftmax(
      scores, columns: size.columns, scale: 0.5)
    // The exponent, up to 8 in size, is rounded twice; then come the exponential, the sum and two products.
    let tolerance = Double(2 * 8 + 6 + size.columns) * 0x1p-24
    #expect(relativeError(shares.values, expected) < tolerance)
    attentionSoftmaxBackward(
      Matrix(dOutput, columns: size.columns), shares: shares, scale: 0.5)
    let gradient = ReferenceKernels.attentionSoftmaxGradient(
      dOutput, shares: expected, columns: size.columns, scale: 0.5)
    // A row of one share has the gradient zero, by cancellation: the bound is on the terms.
    let bound = 2 * tolerance * 0.5
    for (value, expected) in zip(shares.values, gradient) {
      #expect(abs(Double(value) - expected) <= bound)
    }
    #expect(shares.surroundingsAreUntouched)
  }

  @Test("Scores far from zero neither overflow nor vanish")
  func extremes() {
    let shares = Matrix(zeros: 1, 3)
    attentionSoftmaxForward(Matrix([1e6, -1e6, 1e6], columns: 3), scale: 1, into: shares)
    #expect(shares.values[0] == 0.5 && shares.values[2] == 0.5 && shares.values[1] < 1e-30)
  }

  @Test("Scores are scaled, then distances and keys are added", arguments: oddSizes)
  func offsets(size: TestSize) {
    let count = size.columns
    var random = RandomValues(seed: 41)
    let scores = random.array(count * count)
    let (distances, keys) = (random.array(2 * count - 1), random.array(count))
    for (hasDistances, hasKeys) in [(true, true), (true, false), (false, true)] {
      let matrix = Matrix(scores, columns: count)
      offsetScores(
        matrix, scale: 0.5,
        distances: hasDistances ? Matrix(distances, columns: 2 * count - 1) : nil,
        keys: hasKeys ? Matrix(keys, columns: count) : nil)
      let expected = scores.enumerated().map { place, score in
        let (query, key) = (place / count, place % count)
        return score / 2 + (hasDistances ? distances[key - query + count - 1] : 0)
          + (hasKeys ? keys[key] : 0)
      }
      #expect(relativeError(matrix.values, expected) < 3 * 0x1p-24)
      #expect(matrix.surroundingsAreUntouched)
    }
  }
}
