import Kernels
import Randomness
import Synchronization
import Testing

@testable import Reduction

/// Gradients of micro-batches that become final bucket by bucket.
@Suite("Sums inside a rank")
struct RankAccumulatorTests {
  private static let count = 100
  private static let buckets = [0..<7, 7..<60, 60..<100]

  private func gradient(_ microBatch: Int) -> FloatBuffer {
    let key = RandomKey(seed: 3, purpose: .initialWeights, sample: microBatch)
    let buffer = FloatBuffer(count: Self.count)
    buffer.withMutableSpan(0..<Self.count) { values in
      for index in values.indices {
        values[index] = Float(key.normal(index) * Double(1 << (microBatch * 5 % 11)))
      }
    }
    return buffer
  }

  private func bits(_ buffer: FloatBuffer) -> [UInt32] {
    buffer.withSpan(0..<Self.count) { values in values.indices.map { values[$0].bitPattern } }
  }

  /// The sum of all micro-batches by the definition of the tree, where one rank has all nodes.
  private func reference(_ microBatches: Int) -> [UInt32] {
    let all = 0..<microBatches
    let total = FloatBuffer(count: Self.count)
    TreeReducer(nodes: [all.map { TreeNode(leaf: $0) }], leaves: microBatches).add(
      all.map { TreeReducer.Place(buffer: gradient($0), start: 0) }, count: Self.count,
      into: total, at: 0)
    return bits(total)
  }

  @Test("Workers and groups of micro-batches change no bit", arguments: [1, 2, 3])
  func groups(size: Int) {
    let microBatches = 11
    for borders in [[0, 11], [0, 4, 11], [0, 0, 1, 11], [0, 3, 6, 9, 11]] {
      let pool = GradientPool(count: Self.count)
      let handedOn = Mutex<[Int]>([])
      let workers = borders.count - 1
      let accumulator = RankAccumulator(
        workers: workers, microBatches: microBatches, buckets: Self.buckets
      ) { bucket, _ in handedOn.withLock { $0.append(bucket) } }
      for worker in 0..<workers {
        let own = borders[worker]..<borders[worker + 1]
        if own.isEmpty {
          accumulator.begin(own, [], isLast: true, of: worker)
          accumulator.advance(worker: worker, to: Self.count)
        }
        for lower in stride(from: own.lowerBound, to: own.upperBound, by: size) {
          let group = lower..<min(lower + size, own.upperBound)
          #expect(handedOn.withLock { $0.isEmpty })
          accumulator.begin(
            group, group.map(gradient), isLast: group.upperBound == own.upperBound, of: worker)
          for final in [3, 7, 59, 60, Self.count] {
            accumulator.advance(worker: worker, to: final)
          }
          accumulator.end(worker: worker, freeing: pool)
        }
      }
      #expect(handedOn.withLock { $0 } == [0, 1, 2])
      #expect(accumulator.nodes == [TreeNode(lower: 0, upper: microBatches)])
      #expect(accumulator.buffers.map(bits) == [reference(microBatches)], "cut at \(borders)")
    }
  }

  @Test("A bucket is handed on when the last worker has finished it, and not before")
  func order() {
    let handedOn = Mutex<[Int]>([])
    let accumulator = RankAccumulator(workers: 2, microBatches: 3, buckets: Self.buckets) {
      bucket, _ in handedOn.withLock { $0.append(bucket) }
    }
    accumulator.begin(0..<1, [gradient(0)], isLast: true, of: 0)
    accumulator.advance(worker: 0, to: Self.count)
    accumulator.begin(1..<2, [gradient(1)], isLast: false, of: 1)
    accumulator.advance(worker: 1, to: Self.count)
    #expect(handedOn.withLock { $0 } == [])
    accumulator.begin(2..<3, [gradient(2)], isLast: true, of: 1)
    accumulator.advance(worker: 1, to: 59)
    #expect(handedOn.withLock { $0 } == [0])
    accumulator.advance(worker: 1, to: 60)
    #expect(handedOn.withLock { $0 } == [0, 1])
  }

  @Test("Gradients that end before they are final are our mistake and trap")
  func early() async {
    await #expect(processExitsWith: .failure) {
      let accumulator = RankAccumulator(workers: 1, microBatches: 1, buckets: [0..<7, 7..<9]) {
        _, _ in
      }
      accumulator.begin(0..<1, [FloatBuffer(count: 9)], isLast: true, of: 0)
      accumulator.advance(worker: 0, to: 8)
      accumulator.end(worker: 0, freeing: GradientPool(count: 9))
    }
  }
}
