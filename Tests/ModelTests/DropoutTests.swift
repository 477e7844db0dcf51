import Batches
import Kernels
import Randomness
import TestSupport
import Testing

@testable import Model

@Suite("Dropout")
struct DropoutTests {
  private func dropped(
    _ probability: Double, sample: Int = 3, number: Int = 5, step: Int = 7
  ) -> [Float] {
    let buffer = FloatBuffer(count: 90 * 37)
    buffer.set([Float](repeating: 1, count: buffer.count), at: 0)
    let matrix = Matrix(buffer, at: 0, rows: 90, columns: 37)
    Dropout(probability: probability, seed: 1, step: step)
      .apply(to: matrix, sample: sample, .dropout, number: number)
    return matrix.values
  }

  @Test(
    "The right share is dropped and the rest is scaled, which keeps the mean",
    arguments: [0.1, 0.5])
  func share(probability: Double) {
    let values = dropped(probability)
    let kept = Float(1 / (1 - probability))
    #expect(values.allSatisfy { $0 == 0 || $0 == kept })
    let count = Double(values.count)
    let deviation = (count * probability * (1 - probability)).squareRoot()
    #expect(abs(Double(values.count { $0 == 0 }) - count * probability) < 5 * deviation)
  }

  @Test("What is dropped depends on step, sample and matrix, and on nothing else")
  func keys() {
    let values = dropped(0.5)
    #expect(dropped(0.5) == values)
    for other in [dropped(0.5, sample: 4), dropped(0.5, number: 6), dropped(0.5, step: 8)] {
      #expect(other != values)
    }
  }

  @Test(
    "The gradient is that of the loss with the same activations dropped",
    arguments: [
      TextFixture.Variant.attention, .toeplitz, .transformerRelative, .transformerPostNorm, .mixer,
    ])
  func gradient(variant: TextFixture.Variant) throws {
    let fixture = try TextFixture(variant)
    var configuration = variant.configuration
    configuration.dropout = 0.3
    configuration.survivalProbability = 0.7
    let model = try Model(configuration)
    let arena = model.makeArena(microBatchSize: 5, subBatchSize: 2)
    func train(_ weights: FloatBuffer) throws -> (loss: Double, gradient: FloatBuffer) {
      let gradient = FloatBuffer(count: model.layout.count)
      let batch = MicroBatch(
        Batch(
          .text(tokens: fixture.tokens, positions: fixture.positions), labels: fixture.labels,
          samples: Array(0..<5)), gradient: gradient)
      let result = try model.train(
        [batch], step: 2, seed: 4, labelSmoothing: 0, weights: weights,
        operands: model.makeOperands(), arena: arena)
      return (result[0].lossSum, gradient)
    }
    let (loss, gradient) = try train(fixture.weights)
    let everything = 0..<model.layout.count
    let (values, direction) = (fixture.weights.values(everything), gradient.values(everything))
    let square = direction.reduce(0) { $0 + Double($1) * Double($1) }
    // A step that changes the loss by about a thousandth of itself.
    let length = Float(1e-3 * loss / square)
    let losses = try [length, -length].map { length in
      let moved = FloatBuffer(count: model.layout.count)
      moved.set(zip(values, direction).map { $0 + length * $1 }, at: 0)
      return try train(moved).loss
    }
    let slope = (losses[0] - losses[1]) / Double(2 * length)
    // The loss is rounded to about 2⁻²⁰ of itself, and curves by its square's order.
    #expect(abs(slope / square - 1) < 0.01, "\(slope) and \(square)")
    #expect(try train(fixture.weights).gradient.values(everything) == direction)
  }
}
