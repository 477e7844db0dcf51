import Foundation
import Kernels
import TestSupport
import Testing

@Suite("Softmax cross-entropy")
struct SoftmaxCrossEntropyTests {
  @Test(
    "Loss and gradient agree with the reference", arguments: [1, 3, 17, 31], [Float(0), 0.125])
  func gradient(classes: Int, smoothing: Float) {
    var random = RandomValues(seed: 8)
    let logits = random.array(classes).map { 4 * $0 }
    let label = classes / 2
    let matrix = Matrix(logits, columns: classes)
    let loss = SoftmaxCrossEntropy(labelSmoothing: smoothing)
    let plain = loss(matrix, row: 0, label: label, replacingByGradient: false)
    #expect(matrix.values.map(Double.init) == logits)
    let outcome = loss(matrix, row: 0, label: label, replacingByGradient: true)
    #expect(plain.loss == outcome.loss && plain.rank == outcome.rank)
    let expected = ReferenceKernels.crossEntropy(
      logits, label: label, smoothing: Double(smoothing))
    // Computed in Double like the reference; only the gradient is rounded to Float.
    #expect(abs(outcome.loss - expected) <= 16 * Double.ulpOfOne * (abs(expected) + 4))
    let gradient = ReferenceKernels.crossEntropyGradient(
      logits, label: label, smoothing: Double(smoothing))
    for (value, expected) in zip(matrix.values, gradient) {
      #expect(abs(Double(value) - expected) <= 0x1p-24 * abs(expected) + 1e-14)
    }
  }

  @Test(
    "With a partner loss and gradient are the weighted means of two references",
    arguments: [1, 3, 17], [0, 0.3, 0.5, 0.75, 1])
  func partner(classes: Int, share: Double) {
    var random = RandomValues(seed: 9)
    let logits = random.array(classes).map { 4 * $0 }
    let loss = SoftmaxCrossEntropy(labelSmoothing: 0.125)
    for (label, other) in [(0, classes - 1), (classes / 2, classes / 2)] {
      let matrix = Matrix(logits, columns: classes)
      let partner = SoftmaxCrossEntropy.Partner(label: other, share: share)
      let outcome = loss(matrix, row: 0, label: label, partner: partner, replacingByGradient: true)
      func mean(_ value: (Int) -> Double) -> Double {
        (1 - share) * value(label) + share * value(other)
      }
      let expected = mean { ReferenceKernels.crossEntropy(logits, label: $0, smoothing: 0.125) }
      #expect(abs(outcome.loss - expected) <= 32 * Double.ulpOfOne * (abs(expected) + 4))
      for (index, value) in matrix.values.enumerated() {
        let expected = mean {
          ReferenceKernels.crossEntropyGradient(logits, label: $0, smoothing: 0.125)[index]
        }
        #expect(abs(Double(value) - expected) <= 0x1p-24 * abs(expected) + 1e-14)
      }
      let counted = share > 0.5 ? other : label
      let alone = loss(
        Matrix(logits, columns: classes), row: 0, label: counted, replacingByGradient: false)
      #expect(outcome.rank == alone.rank)
    }
  }

  @Test("A partner with a share of nothing changes no bit")
  func idlePartner() {
    var random = RandomValues(seed: 10)
    let logits = random.array(7)
    let loss = SoftmaxCrossEntropy(labelSmoothing: 0.1)
    let (alone, mixed) = (Matrix(logits, columns: 7), Matrix(logits, columns: 7))
    let first = loss(alone, row: 0, label: 3, replacingByGradient: true)
    let second = loss(
      mixed, row: 0, label: 3, partner: .init(label: 5, share: 0), replacingByGradient: true)
    #expect(first.loss == second.loss && alone.values == mixed.values)
  }

  @Test("Logits far from zero neither overflow nor vanish")
  func extremes() {
    let matrix = Matrix([1e4, -1e4, 1e4 - 1], columns: 3)
    let outcome = SoftmaxCrossEntropy()(matrix, row: 0, label: 1, replacingByGradient: true)
    #expect(abs(outcome.loss - 2e4) < 1)
    #expect(isFinite(matrix))
  }

  @Test(
    "The label's rank counts what comes before it; ties go to the lower class",
    arguments: [
      ([3.0, 1, 2], 0, 0), ([3.0, 1, 2], 1, 2), ([2.0, 2, 2], 0, 0), ([2.0, 2, 2], 2, 2),
      ([1.0, .nan, 0], 1, 2), ([1.0, .nan, 0], 0, 1),
    ])
  func rank(logits: [Double], label: Int, expected: Int) {
    let matrix = Matrix(logits, columns: 3)
    let outcome = SoftmaxCrossEntropy()(matrix, row: 0, label: label, replacingByGradient: false)
    #expect(outcome.rank == expected)
  }

  @Test("The prediction is the largest logit, of equal ones the first, with its probability")
  func prediction() throws {
    var random = RandomValues(seed: 11)
    for classes in [1, 2, 3, 17, 31] {
      // Rounded, so that some are equal.
      let logits = random.array(classes).map { (4 * $0).rounded() }
      let most = try #require(logits.max())
      let first = try #require(logits.firstIndex(of: most))
      let total = logits.map { exp($0 - most) }.reduce(0, +)
      for label in 0..<classes {
        let outcome = SoftmaxCrossEntropy()(
          Matrix(logits, columns: classes), row: 0, label: label, replacingByGradient: false)
        let found = try #require(outcome.prediction)
        #expect(found.label == first && (outcome.rank == 0) == (label == first))
        #expect(abs(found.probability - 1 / total) <= Double(classes) * 4 * Double.ulpOfOne)
        #expect(found.probability > 0 && found.probability <= 1)
      }
    }
    let even = SoftmaxCrossEntropy()(
      Matrix([0.5, 0.5, 0.5, 0.5], columns: 4), row: 0, label: 3, replacingByGradient: false)
    #expect(even.prediction?.label == 0 && even.prediction?.probability == 0.25)
  }
}
