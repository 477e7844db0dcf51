import Batches
import Kernels
import Testing

@testable import Model

/// Padding that is left out where tokens are mixed, and padding that is a token like any other.
@Suite("Padding")
struct PaddingTests {
  /// A gMLP of sequences of `tokens`, whose numbers for the first 11 do not depend on `tokens`.
  private struct Sample {
    let model: Model
    let weights: FloatBuffer
    let operands: Operands

    init(
      _ function: SpatialFunction, attentionSize: Int, tokens: Int, masks: Bool,
      _ precision: Precision
    ) throws {
      var configuration = TextFixture.Variant.toeplitz.configuration
      configuration.sequenceLength = tokens
      configuration.spatialFunction = function
      configuration.attentionSize = attentionSize
      (configuration.paddingToken, configuration.maskPadding) = (0, masks)
      model = try Model(configuration, precision: precision)
      weights = FloatBuffer(count: model.layout.count)
      for (number, parameter) in model.layout.parameters.enumerated() {
        var values = PaddingTests.numbers(parameter.range.count, from: number)
        if parameter.name.hasSuffix("gate.proj.weight") {
          // Distances that only longer sequences have may weigh anything.
          let common = PaddingTests.numbers(2 * 11 - 1, from: number)
          values = [Float](repeating: 9, count: 2 * tokens - 1)
          values.replaceSubrange(tokens - 11..<tokens + 10, with: common)
        }
        weights.set(values, at: parameter.range.lowerBound)
      }
      operands = model.makeOperands()
      operands.update(from: weights, 0..<weights.count)
    }

    /// Two sequences of 8 and 5 tokens, the rest is padding.
    var batch: Batch {
      let length = model.configuration.tokens
      func sequence(_ count: Int, _ factor: Int) -> [Int32] {
        (0..<length).map { $0 < count ? Int32(1 + $0 * factor % 35) : 0 }
      }
      return Batch(
        .text(tokens: sequence(8, 17) + sequence(5, 11), positions: [0, 2, 3, 7, 0, 1, 3, 4]),
        labels: [4, 7, 30, 11, 2, 36, 8, 9], samples: [0, 1])
    }

    func logits() -> [UInt32] {
      model.logits(
        batch.content, count: 2, weights: weights, operands: operands,
        arena: model.makeArena(microBatchSize: 2)
      ).map(\.bitPattern)
    }

    func gradient(_ name: String) throws -> [Float] {
      let microBatch = MicroBatch(batch, gradient: FloatBuffer(count: model.layout.count))
      _ = try model.train(
        [microBatch], step: 1, seed: 0, labelSmoothing: 0, weights: weights, operands: operands,
        arena: model.makeArena(microBatchSize: 2))
      return microBatch.gradient.values(try #require(model.layout[name]).range)
    }
  }

  /// Numbers of both signs, which no short period repeats.
  private static func numbers(_ count: Int, from first: Int) -> [Float] {
    (0..<count).map { 0.3 * (Float(($0 &+ 31 &* first) &* 7919 % 1009) / 504 - 1) }
  }

  @Test(
    "Masked, more padding changes no bit of the logits where W is Toeplitz; as in the paper it does",
    arguments: SpatialFunction.allCases, [0, 3])
  func length(function: SpatialFunction, attentionSize: Int) throws {
    for precision in Precision.here {
      let masked = try [11, 17, 40].map {
        try Sample(
          function, attentionSize: attentionSize, tokens: $0, masks: true, precision
        ).logits()
      }
      #expect(masked[1] == masked[0] && masked[2] == masked[0])
      let plain = try [11, 17].map {
        try Sample(
          function, attentionSize: attentionSize, tokens: $0, masks: false, precision
        ).logits()
      }
      #expect(plain[1] != plain[0] && plain[0] != masked[0])
    }
  }

  @Test(
    "Masked padding gives no gradient: nothing that it adds depends on its number",
    arguments: [0, 3])
  func gradients(attentionSize: Int) throws {
    let (short, long) = (
      try Sample(.split, attentionSize: attentionSize, tokens: 11, masks: true, .fp32),
      try Sample(.split, attentionSize: attentionSize, tokens: 17, masks: true, .fp32)
    )
    // The softmax of attention gives hidden keys a share of about e^-87.
    let nothing: Float = attentionSize == 0 ? 0 : 1e-37
    func differ(_ ours: some Sequence<Float>, _ others: some Sequence<Float>) -> Float {
      zip(ours, others).map { abs($0 - $1) }.max() ?? .infinity
    }
    func isNothing(_ values: some Sequence<Float>) -> Bool {
      values.allSatisfy { abs($0) <= nothing }
    }
    for parameter in short.model.layout.parameters {
      let (ours, longer) = (try short.gradient(parameter.name), try long.gradient(parameter.name))
      let largest = ours.map { abs($0) }.max() ?? 0
      #expect(largest > nothing)
      switch parameter.axes {
      case [.distances]:
        #expect(differ(ours, longer[6..<27]) <= nothing)
        #expect(isNothing(longer.prefix(6)) && isNothing(longer.suffix(6)))
      case [.tokens]:
        #expect(differ(ours, longer) <= nothing && isNothing(longer.dropFirst(8)))
      default:
        // Zeros that are added may be added in other places of a sum.
        #expect(differ(ours, longer) <= 34 * 0x1p-24 * largest, "\(parameter.name)")
      }
    }
  }

  @Test(
    "What padding looks like reaches no other token where it is masked",
    arguments: [
      TextFixture.Variant.maskedAttention, .maskedAdditive, .maskedMixer, .transformerRotary,
    ],
    [true, false])
  func appearance(variant: TextFixture.Variant, masks: Bool) throws {
    var configuration = variant.configuration
    if configuration.kind == .transformer {
      if !masks { configuration.paddingToken = -1 }
    } else {
      configuration.maskPadding = masks
    }
    let fixture = try TextFixture(variant)
    let model = try Model(configuration)
    let tokens = fixture.tokens.enumerated().map { $0 % 11 < 7 ? max($1, 1) : 0 }
    let positions = (0..<5).flatMap { _ in [0, 2, 3, 6] as [Int32] }
    func logits() -> [Float] {
      model.logits(
        .text(tokens: tokens, positions: positions), count: 5, weights: fixture.weights,
        operands: model.makeOperands(), arena: model.makeArena(microBatchSize: 5)
      ).enumerated().filter { $0.offset % 37 != 0 }.map(\.element)
    }
    let before = logits()
    let embedding = try #require(model.layout["embedding.weight"]).range.lowerBound
    fixture.weights.set(
      (0..<configuration.dModel).map { Float($0) - 2.5 }, at: embedding)
    #expect((logits() == before) == masks)
  }
}
