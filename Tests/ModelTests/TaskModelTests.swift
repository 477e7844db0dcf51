import Batches
import Glibc
import Kernels
import TestSupport
import Testing

@testable import Model

@Suite("Models that classify texts and find spans")
struct TaskModelTests {
  private func bits(_ gradient: FloatBuffer) -> [UInt32] {
    gradient.values(0..<gradient.count).map(\.bitPattern)
  }

  @Test(
    "No sub-batch, and nothing that the arena held, changes a bit",
    arguments: TaskFixture.Variant.allCases, Precision.here)
  func subBatches(variant: TaskFixture.Variant, precision: Precision) throws {
    let fixture = try TaskFixture(variant, precision, dropout: 0.2)
    let model = fixture.model
    let whole = try fixture.train(arena: model.makeArena(microBatchSize: 5, subBatchSize: 5))
    let sizes =
      variant.configuration.toeplitz || model.configuration.sharesTensors ? [5] : [1, 2, 3]
    for size in sizes {
      let arena = model.makeArena(microBatchSize: 7, subBatchSize: size)
      arena.fill(.nan)
      let cut = try fixture.train(arena: arena)
      #expect(cut.result == whole.result, "sub-batches of \(size)")
      #expect(bits(cut.gradient) == bits(whole.gradient), "sub-batches of \(size)")
    }
  }

  @Test(
    "Micro-batches that take turns have the bits of each by itself",
    arguments: TaskFixture.Variant.allCases)
  func interleaved(variant: TaskFixture.Variant) throws {
    let fixture = try TaskFixture(variant, dropout: 0.2)
    let model = fixture.model
    func train(_ ranges: [Range<Int>], interleavedSamples: Int) throws -> [[UInt32]] {
      let arena = model.makeArena(
        microBatchSize: 3, subBatchSize: 1, interleavedSamples: interleavedSamples)
      arena.fill(.nan)
      let batches = ranges.map {
        MicroBatch(fixture.batch($0), gradient: FloatBuffer(count: model.layout.count))
      }
      _ = try model.train(
        batches, step: 3, seed: 9, labelSmoothing: 0.1, weights: fixture.weights,
        operands: fixture.operands, arena: arena)
      return batches.map { bits($0.gradient) }
    }
    let ranges = [0..<2, 2..<5, 1..<2]
    let together = try train(ranges, interleavedSamples: 3)
    #expect(try together == ranges.map { try train([$0], interleavedSamples: 0)[0] })
  }

  @Test("Dropped channels depend on step and sample; evaluation drops none")
  func dropout() throws {
    let fixture = try TaskFixture(.gmlpFirst, dropout: 0.5)
    let plain = try TaskFixture(.gmlpFirst)
    let arena = fixture.model.makeArena(microBatchSize: 5)
    func loss(step: Int) throws -> Double {
      try fixture.train(arena: arena, labelSmoothing: 0, step: step).result.lossSum
    }
    #expect(try loss(step: 1) == loss(step: 1))
    #expect(try loss(step: 1) != loss(step: 2))
    let evaluated = try [fixture, plain].map {
      try $0.model.evaluate(
        $0.batch(), weights: $0.weights, operands: $0.operands,
        arena: $0.model.makeArena(microBatchSize: 5)
      ).lossSum
    }
    #expect(evaluated[0] == evaluated[1])
    // One sample of the batch has the same mask alone.
    let sum = try (0..<5).map {
      try fixture.train($0..<($0 + 1), arena: arena, labelSmoothing: 0).result.lossSum
    }.reduce(0, +)
    #expect(try abs(loss(step: 1) / sum - 1) < 1e-12)
  }

  @Test("The mean is over real tokens; a text of padding alone has that of all")
  func padding() throws {
    let fixture = try TaskFixture(.gmlpMean)
    let model = fixture.model
    let arena = model.makeArena(microBatchSize: 1)
    #expect(TokenPooling(model.configuration) == .real(padding: 0))
    #expect(TokenPooling(TaskFixture.Variant.gmlpFirst.configuration) == .first)
    var configuration = model.configuration
    configuration.paddingToken = -1
    #expect(TokenPooling(configuration) == .all)
    let logits = model.logits(
      .text(tokens: [Int32](repeating: 0, count: 11), positions: []), count: 1,
      weights: fixture.weights, operands: fixture.operands, arena: arena)
    #expect(logits.allSatisfy { $0.isFinite })
  }

  @Test("A span is right where both its ends are, and top 5 where both are among the first five")
  func spans() throws {
    let fixture = try TaskFixture(.gmlpSpans)
    let arena = fixture.model.makeArena(microBatchSize: 5, subBatchSize: 2)
    let logits = try fixture.file("logits")
    func best(_ row: Int) -> Int {
      let scores = logits[(row * 11)..<(row * 11 + 11)]
      return (0..<11).max { scores[row * 11 + $0] < scores[row * 11 + $1] } ?? 0
    }
    var labels = (0..<10).map { Int32(best($0)) }
    // The third has a wrong end, the fifth a wrong beginning.
    labels[5] = (labels[5] + 1) % 11
    labels[8] = (labels[8] + 1) % 11
    let result = try fixture.model.evaluate(
      Batch(fixture.batch().content, labels: labels, samples: Array(0..<5)),
      weights: fixture.weights, operands: fixture.operands, arena: arena)
    #expect(result.correct == 6 && result.labels == 10 && result.samples == 5)
    func rank(_ row: Int) -> Int {
      let own = logits[row * 11 + Int(labels[row])]
      return (0..<11).count { logits[row * 11 + $0] > own }
    }
    let top5 = (0..<5).count { rank(2 * $0) < 5 && rank(2 * $0 + 1) < 5 }
    #expect(result.correctTop5 == 2 * top5)
  }

  @Test("Logits are kept in the order of the samples, as a pass for them alone gives them")
  func keptLogits() throws {
    for variant in [TaskFixture.Variant.gmlpMean, .gmlpSpans] {
      let fixture = try TaskFixture(variant)
      let arena = fixture.model.makeArena(microBatchSize: 5, subBatchSize: 2)
      func evaluate(keepsLogits: Bool) throws -> MicroBatchResult {
        try fixture.model.evaluate(
          fixture.batch(), weights: fixture.weights, operands: fixture.operands, arena: arena,
          keepsLogits: keepsLogits)
      }
      var result = try evaluate(keepsLogits: true)
      #expect(
        result.logits
          == fixture.model.logits(
            fixture.batch().content, count: 5, weights: fixture.weights,
            operands: fixture.operands, arena: arena))
      result.logits = nil
      #expect(try evaluate(keepsLogits: false) == result)
    }
  }

  @Test(
    "The first losses are about ln(classes) and ln(places); nothing but the stem has a vocabulary")
  func beginning() throws {
    for variant in [TaskFixture.Variant.amlpFirst, .transformerMean, .gmlpSpans] {
      var configuration = variant.configuration
      configuration.vocabularySize = 1_000
      configuration.dModel = 64
      let model = try Model(configuration)
      let weights = FloatBuffer(count: model.layout.count)
      model.initializeWeights(weights, seed: 3)
      let head = weights.values(try #require(model.layout["head.weight"]).range)
      #expect(head.allSatisfy { abs($0) <= 0.04 } && head.contains { abs($0) > 0.02 })
      #expect(weights.values(try #require(model.layout["head.bias"]).range).allSatisfy { $0 == 0 })
      let fixture = try TaskFixture(variant)
      let result = try model.evaluate(
        fixture.batch(), weights: weights, operands: model.makeOperands(),
        arena: model.makeArena(microBatchSize: 5))
      let values = Double(configuration.labelValues)
      // Logits of a deviation of 0.02 · √64 at most.
      #expect(abs(result.lossSum / Double(result.labels) / log(values) - 1) < 0.2)
      #expect(
        model.layout.parameters.filter { $0.shape.contains(1_000) }.map(\.name) == [
          "embedding.weight"
        ])
      let products = model.layerProducts(samples: 1).joined().map(\.product)
      #expect(!products.contains { $0.columns == 1_000 || $0.terms == 1_000 })
    }
  }

  @Test("Sizes of batches follow the task, and keys that do not go with it are refused")
  func configurations() throws {
    var configuration = TaskFixture.Variant.gmlpFirst.configuration
    #expect(configuration.predictions == 0 && configuration.labelsPerSample == 1)
    #expect(configuration.inputElements == 11 && configuration.labelValues == 3)
    configuration.task.kind = .spans
    #expect(configuration.predictions == 0 && configuration.labelsPerSample == 2)
    #expect(configuration.labelValues == 11 && configuration.hasTop5)
    configuration.task.kind = .automatic
    #expect(configuration.predictions == 2 && configuration.output == .hiddenTokens)
    let wrong: [(key: String, change: (inout ModelConfiguration) -> Void)] = [
      ("task.kind", { ($0.input, $0.task.kind, $0.paddingToken) = (.images, .spans, -1) }),
      ("task.dropout", { ($0.task.kind, $0.task.dropout) = (.classification, 1) }),
      ("num_classes", { ($0.task.kind, $0.numClasses) = (.classification, 0) }),
      ("output_bias", { ($0.task.kind, $0.outputBias) = (.classification, true) }),
      ("output_bias", { ($0.task.kind, $0.outputBias) = (.spans, true) }),
      ("padding_token", { $0.paddingToken = 37 }),
    ]
    for (wrongKey, change) in wrong {
      var changed = configuration
      change(&changed)
      do {
        try changed.validate()
        Issue.record("\(wrongKey) is taken")
      } catch .invalidConfiguration(let key, _, _) {
        #expect(key == wrongKey)
        #expect(
          "\(ModelError.invalidConfiguration(key: key, value: "1", advice: ""))"
            .hasPrefix(key.contains(".") ? "task." : "model."))
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  @Test("Samples of another kind, or not as many as were promised, are a mistake of the program")
  func content() async {
    await #expect(processExitsWith: .failure) {
      ModelConfiguration().require(.text(tokens: [], positions: []), count: 0)
    }
    await #expect(processExitsWith: .failure) {
      ModelConfiguration().require(.images([0]), count: 1)
    }
    await #expect(processExitsWith: .failure) {
      var configuration = ModelConfiguration()
      configuration.input = .text
      configuration.require(.images([]), count: 0)
    }
  }
}
