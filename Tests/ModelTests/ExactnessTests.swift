import Foundation
import Kernels
import Synchronization
import Testing

@testable import Model

/// Bits depend on the arguments only.
@Suite("Exactness")
struct ExactnessTests {
  private func gradient(_ fixture: Fixture, _ arena: Arena) throws -> [UInt32] {
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    gradient.fill(.nan)
    _ = try fixture.train(arena: arena, gradient: gradient)
    return gradient.values(0..<gradient.count).map(\.bitPattern)
  }

  @Test("What the arena and the gradient held before does not matter", arguments: Precision.here)
  func dirtyArena(precision: Precision) throws {
    let fixture = try Fixture(precision)
    let arena = fixture.model.makeArena(microBatchSize: 5, subBatchSize: 2)
    let expected = try gradient(fixture, arena)
    #expect(try gradient(fixture, arena) == expected)
    arena.fill(.nan)
    #expect(try gradient(fixture, arena) == expected)
    #expect(
      try gradient(fixture, fixture.model.makeArena(microBatchSize: 9, subBatchSize: 2)) == expected
    )
  }

  @Test("Two threads at once compute what one does", arguments: Precision.here)
  func threads(precision: Precision) throws {
    let fixture = try Fixture(precision)
    let expected = try gradient(fixture, fixture.model.makeArena(microBatchSize: 5))
    let results = Mutex<[[UInt32]?]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      let bits = try? gradient(fixture, fixture.model.makeArena(microBatchSize: 5))
      results.withLock { $0.append(bits) }
    }
    #expect(results.withLock { $0.count } == 8)
    #expect(results.withLock { $0.allSatisfy { $0 == expected } })
  }

  @Test(
    "A prefix of the gradient is final when it is said to be", arguments: [5, 2], Precision.here)
  func prefixes(subBatchSize: Int, precision: Precision) throws {
    let fixture = try Fixture(precision)
    let arena = fixture.model.makeArena(microBatchSize: 5, subBatchSize: subBatchSize)
    let gradient = FloatBuffer(count: fixture.model.layout.count)
    var prefixes: [[Float]] = []
    _ = try fixture.train(arena: arena, gradient: gradient) { count in
      prefixes.append(gradient.values(0..<count))
    }
    #expect(prefixes.count == fixture.model.configuration.numLayers + 2)
    let lengths = prefixes.map(\.count)
    #expect(lengths == lengths.sorted() && lengths.last == gradient.count)
    for prefix in prefixes {
      #expect(gradient.values(0..<prefix.count) == prefix)
    }
  }

  @Test(
    "Micro-batches that go through the layers in turn have the bits of each by itself",
    arguments: [0, 2, 3, 100], Precision.here)
  func interleaved(samples: Int, precision: Precision) throws {
    let fixture = try Fixture(precision)
    let model = fixture.model
    func train(_ batches: [MicroBatch], _ arena: Arena) throws -> (
      results: [MicroBatchResult], needed: [Int], ready: [Int]
    ) {
      var (needed, ready): ([Int], [Int]) = ([], [])
      let results = try model.train(
        batches, step: 3, seed: 9, labelSmoothing: 0.1, weights: fixture.weights,
        operands: fixture.operands, arena: arena, weightsNeeded: { needed.append($0) },
        gradientReady: { ready.append($0) })
      return (results, needed, ready)
    }
    let ranges = [0..<2, 2..<5, 1..<2]
    let arena = model.makeArena(
      microBatchSize: 3, subBatchSize: 1, interleavedSamples: samples)
    let together = ranges.map(fixture.microBatch)
    let result = try train(together, arena)
    for (index, range) in ranges.enumerated() {
      let alone = fixture.microBatch(range)
      let expected = try train([alone], model.makeArena(microBatchSize: 3, subBatchSize: 1))
      #expect(result.results[index] == expected.results[0])
      let everything = 0..<model.layout.count
      #expect(together[index].gradient.values(everything) == alone.gradient.values(everything))
    }
    let layers = model.configuration.numLayers + 2
    let passes = (6 + max(samples, 1) - 1) / max(samples, 1)
    #expect(result.needed.count == passes * layers && result.needed.last == 0)
    #expect(Array(result.needed[..<layers]) == result.needed[..<layers].sorted(by: >))
    #expect(result.ready.count == layers && result.ready == result.ready.sorted())
    #expect(result.ready.last == model.layout.count)
  }

  @Test("The gradient of a micro-batch is the sum of its samples', each with its own depth")
  func sums() throws {
    let fixture = try Fixture()
    var configuration = fixture.model.configuration
    configuration.survivalProbability = 0.5
    let model = try Model(configuration)
    let arena = model.makeArena(microBatchSize: 5)
    func gradient(_ range: Range<Int>) throws -> [Float] {
      let batch = fixture.microBatch(range)
      _ = try model.train(
        [batch], step: 3, seed: 9, labelSmoothing: 0, weights: fixture.weights,
        operands: fixture.operands, arena: arena)
      return batch.gradient.values(0..<batch.gradient.count)
    }
    let whole = try gradient(0..<5)
    var sum = [Float](repeating: 0, count: whole.count)
    for sample in 0..<5 {
      sum = zip(sum, try gradient(sample..<(sample + 1))).map(+)
    }
    let difference = zip(whole, sum).map { abs($0 - $1) }.max() ?? .infinity
    let largest = whole.map { abs($0) }.max() ?? 0
    // Five sums in another order, and dot products over the samples in other pieces.
    #expect(difference <= largest * Float(5 * 15 + 5) * 0x1p-24)
    #expect(largest > 0)
  }
}

extension Precision {
  /// Those that this build and this processor have.
  static var here: [Precision] { BFloat16.isFast ? allCases : [.fp32] }
}

extension Arena {
  /// Sets every number in it to `value`.
  func fill(_ value: Float) {
    switch storage {
    case .fp32(let workspace):
      workspace.floats.fill(value)
      workspace.operands.fill(value)
    case .bf16(let workspace):
      workspace.floats.fill(value)
      workspace.operands.fill(value)
    }
  }
}

extension Buffer {
  /// Sets every element to `value`.
  func fill(_ value: Float) {
    withMutableSpan(0..<count) { span in
      for index in span.indices { span[index] = Element(rounding: value) }
    }
  }
}
