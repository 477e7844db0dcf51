import Batches
import Kernels
import TestSupport
import Testing

@testable import Model

/// The heads that classify texts and find spans, with BERT's losses.
@Suite("Classes and spans of text against PyTorch")
struct TaskFixtureTests {
  /// As in `TextFixtureTests`, with the channels of the head in place of the vocabulary.
  private func tolerance(_ model: Model) -> Double {
    let sizes = model.configuration
    let attention = sizes.attentionSize > 0 || sizes.kind == .transformer ? 2 * (10 + 11 + 3) : 0
    let block = 2 * sizes.dModel + sizes.dFFN + 11 + 2 * sizes.dFFN + 20 + attention + sizes.dToken
    let forward = 2 * 20 + sizes.numLayers * block + 2 * sizes.dModel + 2 * sizes.tokens
    return 6 * Double(2 * forward).squareRoot() * 0x1p-24
  }

  /// How far `gradient` is from PyTorch's, tensor by tensor.
  private func errors(
    _ fixture: TaskFixture, _ gradient: FloatBuffer
  ) throws -> [(name: String, error: Double)] {
    try fixture.model.layout.parameters.map { parameter in
      let expected = try fixture.file("gradients.\(parameter.name)")
      return (parameter.name, relativeError(gradient.values(parameter.range), expected))
    }
  }

  @Test("The tensors have PyTorch's names", arguments: TaskFixture.Variant.allCases)
  func names(variant: TaskFixture.Variant) throws {
    let fixture = try TaskFixture(variant)
    let expected = fixture.file.tensors.keys.filter { $0.hasPrefix("weights.") }
    #expect(
      Set(fixture.model.layout.parameters.map { "weights.\($0.name)" }) == Set(expected))
  }

  @Test(
    "Logits, losses and every gradient agree, in whatever pieces",
    arguments: TaskFixture.Variant.allCases, [0, 1, 2])
  func gradients(variant: TaskFixture.Variant, subBatchSize: Int) throws {
    let fixture = try TaskFixture(variant)
    let model = fixture.model
    let tolerance = tolerance(model)
    let arena = model.makeArena(microBatchSize: 5, subBatchSize: subBatchSize)
    let logits = model.logits(
      fixture.batch().content, count: 5, weights: fixture.weights, operands: fixture.operands,
      arena: arena)
    #expect(relativeError(logits, try fixture.file("logits")) < tolerance)

    let (result, gradient) = try fixture.train(arena: arena, debug: true)
    #expect(result.samples == 5 && result.labels == (variant.findsSpans ? 10 : 5))
    #expect(relativeError([result.lossSum], try fixture.file("loss")) < tolerance)
    for (name, error) in try errors(fixture, gradient) {
      #expect(error < tolerance, "\(name): \(error)")
    }
    let plain = try model.evaluate(
      fixture.batch(), weights: fixture.weights, operands: fixture.operands, arena: arena)
    #expect(relativeError([plain.lossSum], try fixture.file("plain_loss")) < tolerance)
  }

  @Test(
    "In bf16 they agree to its rounding", .enabled(if: BFloat16.isFast, "no instructions for bf16"),
    arguments: TaskFixture.Variant.allCases)
  func bfloat16(variant: TaskFixture.Variant) throws {
    let fixture = try TaskFixture(variant, .bf16)
    // As in `TextFixtureTests`.
    let tolerance = 2 * Double(2 * 20 + 4).squareRoot() * 0x1p-8
    let (result, gradient) = try fixture.train(
      arena: fixture.model.makeArena(microBatchSize: 5), debug: true)
    #expect(relativeError([result.lossSum], try fixture.file("loss")) < tolerance)
    for (name, error) in try errors(fixture, gradient) {
      #expect(error < tolerance, "\(name): \(error)")
    }
  }

  @Test(
    "Every gradient is the slope of the loss, with channels dropped before the classifier",
    arguments: TaskFixture.Variant.allCases)
  func slopes(variant: TaskFixture.Variant) throws {
    let fixture = try TaskFixture(variant, dropout: 0.3)
    let arena = fixture.model.makeArena(microBatchSize: 5, subBatchSize: 2)
    let (result, gradient) = try fixture.train(arena: arena)
    for parameter in fixture.model.layout.parameters {
      let direction = gradient.values(parameter.range)
      let square = direction.reduce(0) { $0 + Double($1) * Double($1) }
      // What a softmax, or a norm, does not see has no slope.
      if try fixture.file("gradients.\(parameter.name)").allSatisfy({ abs($0) < 1e-10 }) {
        continue
      }
      // A step that changes the loss by about a thousandth of itself, or the tensor by a hundredth.
      let size = fixture.weights.values(parameter.range).reduce(0) { $0 + Double($1) * Double($1) }
      let length = Float(
        min(1e-3 * result.lossSum / square, 1e-2 * (size / square).squareRoot()))
      let losses = try [length, -length].map { length in
        let moved = FloatBuffer(count: fixture.weights.count)
        moved.set(fixture.weights.values(0..<moved.count), at: 0)
        let values = fixture.weights.values(parameter.range)
        moved.set(
          zip(values, direction).map { $0 + length * $1 }, at: parameter.range.lowerBound)
        return try fixture.train(arena: arena, weights: moved).result.lossSum
      }
      let slope = (losses[0] - losses[1]) / Double(2 * length)
      #expect(abs(slope / square - 1) < 0.02, "\(parameter.name): \(slope) and \(square)")
    }
  }
}
