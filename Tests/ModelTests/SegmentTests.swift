import Batches
import Kernels
import Testing

@testable import Model

@Suite("Segments")
struct SegmentTests {
  private let fixture: TextFixture
  private let embedding: Range<Int>

  init() throws {
    fixture = try TextFixture(.segments)
    embedding = try #require(fixture.model.layout["segment_embedding.weight"]).range
  }

  /// The logits of one sequence of 11 tokens, with segments unless `plain`.
  private func logits(_ tokens: [Int32], plain: Bool = false) throws -> [Float] {
    var (model, weights) = (fixture.model, fixture.weights)
    if plain {
      var configuration = model.configuration
      (configuration.segments, configuration.separatorToken) = (false, -1)
      model = try Model(configuration)
      weights = FloatBuffer(count: model.layout.count)
      for parameter in model.layout.parameters {
        let source = try #require(fixture.model.layout[parameter.name]).range
        weights.set(fixture.weights.values(source), at: parameter.range.lowerBound)
      }
    }
    return model.logits(
      .text(tokens: tokens, positions: [0, 3, 5, 9]), count: 1, weights: weights,
      operands: model.makeOperands(), arena: model.makeArena(microBatchSize: 1))
  }

  private static let pair: [Int32] = [1, 5, 6, 3, 7, 8, 9, 3, 4, 0, 0]

  @Test("At 0, as they start, they change no bit")
  func start() throws {
    let initial = FloatBuffer(count: fixture.model.layout.count)
    fixture.model.initializeWeights(initial, seed: 1)
    #expect(initial.values(embedding).allSatisfy { $0 == 0 })
    fixture.weights.set([Float](repeating: 0, count: embedding.count), at: embedding.lowerBound)
    #expect(try logits(Self.pair) == logits(Self.pair, plain: true))
    #expect(fixture.model.layout["segment_embedding.weight"]?.decays == false)
  }

  @Test("The second one belongs to what is behind the first separator, but for padding")
  func places() throws {
    // The first vector is 0, the second makes of token t the token t + 20.
    let width = fixture.model.configuration.dModel
    let table = try #require(fixture.model.layout["embedding.weight"]).range.lowerBound
    for token in 0..<17 {
      let values = fixture.weights.values(table + token * width..<table + (token + 1) * width)
      fixture.weights.set(values.map { $0 + 1 }, at: table + (token + 20) * width)
    }
    fixture.weights.set(
      [Float](repeating: 0, count: width) + [Float](repeating: 1, count: width),
      at: embedding.lowerBound)
    let other: [Int32] = [1, 5, 6, 3, 27, 28, 29, 23, 24, 0, 0]
    #expect(try logits(Self.pair) == logits(other, plain: true))
    let alone: [Int32] = [1, 5, 6, 7, 8, 9, 4, 4, 4, 5, 6]
    #expect(try logits(alone) == logits(alone, plain: true))
  }
}
