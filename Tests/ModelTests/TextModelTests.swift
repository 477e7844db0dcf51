import Batches
import Glibc
import Kernels
import TestSupport
import Testing

@testable import Model

@Suite("Text models")
struct TextModelTests {
  private func bits(_ fixture: TextFixture, _ arena: Arena) throws -> [UInt32] {
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    gradient.set([Float](repeating: .nan, count: gradient.count), at: 0)
    _ = try fixture.train(arena: arena, gradient: gradient)
    return gradient.values(0..<gradient.count).map(\.bitPattern)
  }

  @Test(
    "What the arena held before does not matter", arguments: TextFixture.Variant.allCases,
    Precision.here)
  func dirtyArena(variant: TextFixture.Variant, precision: Precision) throws {
    let fixture = try TextFixture(variant, precision)
    let arena = fixture.model.makeArena(microBatchSize: 5, subBatchSize: 2)
    let expected = try bits(fixture, arena)
    arena.fill(.nan)
    #expect(try bits(fixture, arena) == expected)
    #expect(
      try bits(fixture, fixture.model.makeArena(microBatchSize: 9, subBatchSize: 2)) == expected)
  }

  @Test(
    "Micro-batches that go through the layers in turn have the bits of each by itself",
    arguments: TextFixture.Variant.allCases, Precision.here)
  func interleaved(variant: TextFixture.Variant, precision: Precision) throws {
    let fixture = try TextFixture(variant, precision)
    let model = fixture.model
    func train(_ batches: [MicroBatch], interleavedSamples: Int) throws -> [MicroBatchResult] {
      let arena = model.makeArena(
        microBatchSize: 3, subBatchSize: 1, interleavedSamples: interleavedSamples)
      arena.fill(.nan)
      return try model.train(
        batches, step: 3, seed: 9, labelSmoothing: 0.1, weights: fixture.weights,
        operands: fixture.operands, arena: arena)
    }
    let ranges = [0..<2, 2..<5, 1..<2]
    for interleavedSamples in [2, 3, 100] {
      let together = ranges.map(fixture.microBatch)
      let results = try train(together, interleavedSamples: interleavedSamples)
      for (index, range) in ranges.enumerated() {
        let alone = fixture.microBatch(range)
        #expect(try train([alone], interleavedSamples: 0) == [results[index]])
        let everything = 0..<model.layout.count
        #expect(together[index].gradient.values(everything) == alone.gradient.values(everything))
      }
    }
  }

  @Test(
    "A prefix of the gradient is final when it is said to be, the tied embedding last",
    arguments: [5, 2])
  func prefixes(subBatchSize: Int) throws {
    let fixture = try TextFixture(.attention)
    let arena = fixture.model.makeArena(microBatchSize: 5, subBatchSize: subBatchSize)
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    var prefixes: [[Float]] = []
    _ = try fixture.train(arena: arena, gradient: gradient) { count in
      prefixes.append(gradient.values(0..<count))
    }
    #expect(prefixes.count == fixture.model.configuration.numLayers + 2)
    let embedding = try #require(fixture.model.layout["embedding.weight"]).range
    #expect(prefixes.last?.count == gradient.count)
    for prefix in prefixes {
      #expect(gradient.values(0..<prefix.count) == prefix)
      #expect(prefix.count <= embedding.lowerBound || prefix.count == gradient.count)
    }
  }

  @Test("The gradient of a micro-batch is the sum of its sequences'")
  func sums() throws {
    let fixture = try TextFixture(.toeplitz)
    let arena = fixture.model.makeArena(microBatchSize: 5)
    func values(_ range: Range<Int>) throws -> [Double] {
      let gradient = FloatBuffer(count: fixture.model.layout.count)
      _ = try fixture.train(range, arena: arena, gradient: gradient)
      return gradient.values(0..<gradient.count).map(Double.init)
    }
    let sum = try (0..<5).map { try values($0..<($0 + 1)) }
      .reduce([Double](repeating: 0, count: fixture.model.layout.count)) { zip($0, $1).map(+) }
    // Five sums in another order, and dot products over the sequences in other pieces.
    #expect(relativeError(try values(0..<5), sum) <= Double(5 * 11 + 5) * 0x1p-24)
  }

  @Test("An ignored prediction changes nothing at any position")
  func ignoredPredictions() throws {
    let fixture = try TextFixture(.split)
    let arena = fixture.model.makeArena(microBatchSize: 5)
    var positions = fixture.positions
    for (index, label) in fixture.labels.enumerated() where label == Batch.ignoredLabel {
      positions[index] = 10
    }
    #expect(positions != fixture.positions)
    let gradients = try [fixture.positions, positions].map { positions in
      let gradient = FloatBuffer(count: fixture.model.layout.count)
      let batch = MicroBatch(
        Batch(
          .text(tokens: fixture.tokens, positions: positions), labels: fixture.labels,
          samples: Array(0..<5)), gradient: gradient)
      let result = try fixture.model.train(
        [batch], step: 1, seed: 0, labelSmoothing: 0, weights: fixture.weights,
        operands: fixture.operands, arena: arena)
      return (result[0], gradient.values(0..<gradient.count))
    }
    #expect(gradients[0] == gradients[1])
  }

  @Test("The first loss is about ln(vocabulary), and the gates begin open")
  func firstLoss() throws {
    var configuration = TextFixture.Variant.attention.configuration
    configuration.vocabularySize = 1_000
    configuration.dModel = 64
    configuration.dFFN = 128
    let model = try Model(configuration)
    let weights = FloatBuffer(count: model.layout.count)
    model.initializeWeights(weights, seed: 3)
    let tokens = (0..<22).map { Int32($0 * 37 % 1_000) }
    let positions: [Int32] = [0, 3, 5, 7, 1, 2, 9, 10]
    let labels: [Int32] = [1, 20, 300, 4, 999, 60, 7, 800]
    let result = try model.evaluate(
      Batch(.text(tokens: tokens, positions: positions), labels: labels, samples: Array(0..<2)),
      weights: weights, operands: model.makeOperands(), arena: model.makeArena(microBatchSize: 2))
    // Logits of deviation 0.02 · √64 add half their variance to ln(1000), and one label's mean moves.
    #expect(abs(result.lossSum / 8 - log(1_000)) < 0.16 * 0.16 + 4 * 0.16 / 8.0.squareRoot())
    let embedding = weights.values(try #require(model.layout["embedding.weight"]).range)
    #expect(embedding.allSatisfy { abs($0) <= 0.04 } && embedding.contains { abs($0) > 0.038 })
    let bias = weights.values(
      try #require(model.layout["blocks.0.mlp_channels.gate.proj.bias"]).range)
    #expect(bias.allSatisfy { $0 == 1 })
  }

  @Test(
    "The first layer that goes wrong is named",
    arguments: [
      ("embedding.weight", "embedding"),
      ("blocks.0.attn.qkv.weight", "blocks.0.attn.qkv"),
      ("blocks.1.attn.proj.bias", "blocks.1.attn.proj"),
      ("blocks.1.mlp_channels.gate.proj.weight", "blocks.1.mlp_channels.gate.proj"),
      ("norm.weight", "norm"),
    ])
  func notFinite(parameter: String, layer: String) throws {
    let fixture = try TextFixture(.attention)
    let range = try #require(fixture.model.layout[parameter]).range
    fixture.weights.set([Float](repeating: .nan, count: range.count), at: range.lowerBound)
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    #expect(throws: ModelError.notFinite(layer: layer, quantity: "activation")) {
      try fixture.train(
        arena: fixture.model.makeArena(microBatchSize: 5), gradient: gradient, debug: true)
    }
  }

  @Test("The embedding is last, W decays in both forms, biases and gains do not")
  func layout() throws {
    let layout = try Model(#require(ModelConfiguration.preset("mlm-amlp-base"))).layout
    #expect(layout.parameters.first?.name == "embedding.weight")
    #expect(layout.parameters.last?.name == "norm.bias")
    #expect(layout["embedding.weight"]?.shape == [32_000, 512])
    #expect(layout["embedding.weight"]?.range.upperBound == layout.count)
    #expect(layout["blocks.35.mlp_channels.gate.proj.weight"]?.shape == [1_023])
    #expect(layout["blocks.35.attn.qkv.weight"]?.shape == [192, 512])
    #expect(layout["blocks.35.attn.proj.weight"]?.shape == [1_536, 64])
    for parameter in layout.parameters {
      let isMatrix = parameter.shape.count > 1 || parameter.name.hasSuffix("gate.proj.weight")
      #expect(parameter.decays == isMatrix)
    }
  }
}
