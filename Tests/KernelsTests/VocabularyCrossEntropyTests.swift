import Kernels
import TestSupport
import Testing

@Suite("Cross-entropy of a vocabulary")
struct VocabularyCrossEntropyTests {
  @Test(
    "Loss and gradient agree with the reference", arguments: [1, 3, 16, 17, 1_031],
    [Float(0), 0.125])
  func gradient(classes: Int, smoothing: Float) {
    var random = RandomValues(seed: 44)
    let logits = random.array(classes).map { 8 * $0 }
    let label = classes * 2 / 3
    let matrix = Matrix(logits, columns: classes)
    let loss = VocabularyCrossEntropy(labelSmoothing: smoothing)
    let plain = loss(matrix, row: 0, label: label, replacingByGradient: false)
    #expect(matrix.values.map(Double.init) == logits)
    let outcome = loss(matrix, row: 0, label: label, replacingByGradient: true)
    #expect(plain.loss == outcome.loss && plain.rank == outcome.rank)
    let expected = ReferenceKernels.crossEntropy(logits, label: label, smoothing: Double(smoothing))
    // Exponents up to 16 are rounded once; a sum of C numbers in 64 chains, and of the logits.
    let bound = (16 + Double(classes) / 64 + 8) * 0x1p-24
    #expect(abs(outcome.loss - expected) <= bound * (1 + Double(smoothing) * 8))
    let gradient = ReferenceKernels.crossEntropyGradient(
      logits, label: label, smoothing: Double(smoothing))
    for (value, expected) in zip(matrix.values, gradient) {
      #expect(abs(Double(value) - expected) <= bound * abs(expected) + 4 * 0x1p-24)
    }
    #expect(matrix.surroundingsAreUntouched)
  }

  @Test("It is what the Double one gives, to the rank", arguments: [0, 15, 16, 40])
  func agreement(label: Int) {
    var random = RandomValues(seed: 45)
    // Halves, so that many are equal.
    let logits = random.array(41).map { ($0 * 8).rounded() / 2 }
    let matrix = Matrix(logits, columns: 41)
    let exact = SoftmaxCrossEntropy()(matrix, row: 0, label: label, replacingByGradient: false)
    let fast = VocabularyCrossEntropy()(matrix, row: 0, label: label, replacingByGradient: false)
    #expect(fast.rank == exact.rank)
    #expect(abs(fast.loss - exact.loss) < 1e-6)
  }

  @Test("Logits far from zero neither overflow nor vanish, and NaN gives no loss")
  func extremes() {
    let matrix = Matrix([1e4, -1e4, 1e4 - 1], columns: 3)
    let outcome = VocabularyCrossEntropy()(matrix, row: 0, label: 1, replacingByGradient: true)
    #expect(abs(outcome.loss - 2e4) < 1)
    #expect(isFinite(matrix))
    for bad in [Double.nan, .infinity, -.infinity] {
      let matrix = Matrix([bad, 0, 1], columns: 3)
      for label in [0, 1] {
        let outcome = VocabularyCrossEntropy()(
          matrix, row: 0, label: label, replacingByGradient: false)
        #expect(!outcome.loss.isFinite)
      }
    }
  }

  @Test(
    "The label's rank counts what comes before it; ties go to the lower class",
    arguments: [
      ([3.0, 1, 2], 0, 0), ([3.0, 1, 2], 1, 2), ([2.0, 2, 2], 0, 0), ([2.0, 2, 2], 2, 2),
      ([1.0, .nan, 0], 1, 2), ([1.0, .nan, 0], 0, 1),
    ])
  func rank(logits: [Double], label: Int, expected: Int) {
    let matrix = Matrix(logits, columns: 3)
    let outcome = VocabularyCrossEntropy()(matrix, row: 0, label: label, replacingByGradient: false)
    #expect(outcome.rank == expected)
  }
}
