import Batches
import Kernels
import TestSupport
import Testing

@testable import Model

@Suite("Text against PyTorch")
struct TextFixtureTests {
  /// As in `TimmFixtureTests`: 6 √r half units in the last place for r roundings on the longest path.
  private func tolerance(_ model: Model) -> Double {
    let sizes = model.configuration
    let attention = sizes.attentionSize > 0 || sizes.kind == .transformer ? 2 * (10 + 11 + 3) : 0
    let block = 2 * sizes.dModel + sizes.dFFN + 11 + 2 * sizes.dFFN + 20 + attention + sizes.dToken
    let forward = 2 * 20 + sizes.numLayers * block + sizes.dModel + sizes.vocabularySize
    return 6 * Double(2 * forward).squareRoot() * 0x1p-24
  }

  @Test("The tensors have PyTorch's names", arguments: TextFixture.Variant.allCases)
  func names(variant: TextFixture.Variant) throws {
    let fixture = try TextFixture(variant)
    let expected = fixture.file.tensors.keys.filter { $0.hasPrefix("weights.") }
    #expect(
      Set(fixture.model.layout.parameters.map { "weights.\($0.name)" }) == Set(expected))
  }

  @Test(
    "Logits, loss and every gradient agree, in whatever pieces",
    arguments: TextFixture.Variant.allCases, [0, 1, 2])
  func gradients(variant: TextFixture.Variant, subBatchSize: Int) throws {
    let fixture = try TextFixture(variant)
    let model = fixture.model
    let tolerance = tolerance(model)
    let arena = model.makeArena(microBatchSize: 5, subBatchSize: subBatchSize)
    let logits = model.logits(
      .text(tokens: fixture.tokens, positions: fixture.positions), count: 5,
      weights: fixture.weights, operands: fixture.operands, arena: arena)
    #expect(relativeError(logits, try fixture.file("logits")) < tolerance)

    let gradient = FloatBuffer(count: model.layout.count)
    let result = try fixture.train(arena: arena, gradient: gradient, debug: true)
    #expect(result.samples == 5 && result.labels == 15)
    #expect(relativeError([result.lossSum], try fixture.file("loss")) < tolerance)
    for parameter in model.layout.parameters {
      let error = relativeError(
        gradient.values(parameter.range), try fixture.file("gradients.\(parameter.name)"))
      #expect(error < tolerance, "\(parameter.name): \(error)")
    }
  }

  @Test("Evaluation gives the plain cross-entropy of the predictions that are not ignored")
  func evaluation() throws {
    let fixture = try TextFixture(.split)
    let result = try fixture.model.evaluate(
      Batch(
        .text(tokens: fixture.tokens, positions: fixture.positions), labels: fixture.labels,
        samples: Array(0..<5)), weights: fixture.weights, operands: fixture.operands,
      arena: fixture.model.makeArena(microBatchSize: 2))
    let expected = try fixture.file("plain_loss")
    #expect(relativeError([result.lossSum], expected) < tolerance(fixture.model))
    let logits = try fixture.file("logits")
    let hits = fixture.labels.indices.filter { row in
      let scores = logits[(row * 37)..<(row * 37 + 37)]
      return scores.firstIndex(of: scores.max() ?? 0) == row * 37 + Int(fixture.labels[row])
    }
    #expect(result.correct == hits.count)
    #expect(result.samples == 5 && result.labels == 15)
  }

  @Test(
    "In bf16 they agree to its rounding", .enabled(if: BFloat16.isFast, "no instructions for bf16"),
    arguments: TextFixture.Variant.allCases)
  func bfloat16(variant: TextFixture.Variant) throws {
    let fixture = try TextFixture(variant, .bf16)
    // Twice the square root of the roundings on the longest path, as in `BFloat16Tests`: some twenty
    // in a block with attention, there and back, and the head's operands, logits and their gradient.
    let tolerance = 2 * Double(2 * 20 + 4).squareRoot() * 0x1p-8
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    let result = try fixture.train(
      arena: fixture.model.makeArena(microBatchSize: 5), gradient: gradient, debug: true)
    #expect(relativeError([result.lossSum], try fixture.file("loss")) < tolerance)
    for parameter in fixture.model.layout.parameters {
      let error = relativeError(
        gradient.values(parameter.range), try fixture.file("gradients.\(parameter.name)"))
      #expect(error < tolerance, "\(parameter.name): \(error)")
    }
  }
}
