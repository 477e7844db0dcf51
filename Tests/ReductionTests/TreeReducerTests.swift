import Kernels
import Randomness
import Testing

@testable import Reduction

@Suite("Tree sum")
struct TreeReducerTests {
  /// More than one block, and the last one not whole.
  private static let count = 9_001

  private func values(_ leaf: Int) -> FloatBuffer {
    let key = RandomKey(seed: 9, purpose: .initialWeights, sample: leaf)
    let buffer = FloatBuffer(count: Self.count)
    buffer.withMutableSpan(0..<Self.count) { values in
      for index in values.indices {
        values[index] = Float(key.normal(index) * Double(1 << (leaf * 5 % 11)))
      }
    }
    return buffer
  }

  /// The definition: a node is split at the largest power of two below its length.
  private func reference(_ leaves: [FloatBuffer], _ range: Range<Int>) -> FloatBuffer {
    let sum = FloatBuffer(count: Self.count)
    if range.count == 1 {
      sum.copy(0..<Self.count, of: leaves[range.lowerBound], to: 0)
      return sum
    }
    var half = 1
    while half * 2 < range.count { half *= 2 }
    let middle = range.lowerBound + half
    sum.copy(0..<Self.count, of: reference(leaves, range.lowerBound..<middle), to: 0)
    add(reference(leaves, middle..<range.upperBound), 0..<Self.count, to: sum, at: 0)
    return sum
  }

  private func bits(_ buffer: FloatBuffer, _ range: Range<Int>) -> [UInt32] {
    buffer.withSpan(range) { values in values.indices.map { values[$0].bitPattern } }
  }

  @Test("Any partition into ranks gives the bits of the definition", arguments: [1, 2, 7, 16, 23])
  func partitions(leafCount: Int) {
    let leaves = (0..<leafCount).map(values)
    let wanted = reference(leaves, 0..<leafCount)
    for borders in [
      [0, leafCount], Array(0...leafCount), [0, 0, leafCount / 3, leafCount],
      [0, leafCount / 2, leafCount / 2, leafCount * 5 / 6, leafCount],
    ] {
      let nodes = zip(borders, borders.dropFirst()).map {
        ReductionTree<Void>.nodes(covering: $0..<$1, leaves: leafCount)
      }
      let sums = nodes.joined().map { reference(leaves, $0.lower..<$0.upper) }
      // One reducer for all buckets of a step, each of which has its own length.
      let reducer = TreeReducer(nodes: nodes, leaves: leafCount)
      for piece in [17..<Self.count - 1, 0..<4_100, 5_000..<5_001] {
        let total = FloatBuffer(count: piece.count + 5)
        reducer.add(
          sums.map { TreeReducer.Place(buffer: $0, start: piece.lowerBound) }, count: piece.count,
          into: total, at: 3)
        #expect(bits(total, 3..<3 + piece.count) == bits(wanted, piece), "cut at \(borders)")
        #expect(bits(total, 0..<3) == [0, 0, 0])
      }
    }
  }

  @Test(
    "What hosts add before they send gives the bits of the definition", arguments: [4, 7, 16, 23])
  func hosts(leafCount: Int) {
    let leaves = (0..<leafCount).map(values)
    let wanted = reference(leaves, 0..<leafCount)
    let piece = 17..<Self.count - 1
    let cuts: [[Int]] = [
      [0, leafCount / 4, leafCount / 2, leafCount * 3 / 4, leafCount],
      [0, 1, leafCount - 2, leafCount - 1, leafCount], [0, 0, 3, 3, leafCount],
      [0, 0, 0, leafCount / 3, leafCount],
    ]
    for borders in cuts {
      let nodes = zip(borders, borders.dropFirst()).map {
        ReductionTree<Void>.nodes(covering: $0..<$1, leaves: leafCount)
      }
      // Two hosts of two ranks each.
      var sent: [[TreeNode]] = []
      var places: [TreeReducer.Place] = []
      for host in [nodes[..<2], nodes[2...]] {
        let reducer = TreeReducer(adding: Array(host), leaves: leafCount)
        let room = FloatBuffer(count: reducer.sums.count * piece.count)
        let sums = reducer.sums.indices.map {
          TreeReducer.Place(buffer: room, start: $0 * piece.count)
        }
        reducer.add(
          host.joined().map {
            TreeReducer.Place(
              buffer: reference(leaves, $0.lower..<$0.upper), start: piece.lowerBound)
          }, count: piece.count, into: sums)
        #expect(
          reducer.sums == ReductionTree<Void>.nodes(joining: host.joined(), leaves: leafCount))
        sent.append(reducer.sums)
        places += sums
      }
      let total = FloatBuffer(count: piece.count)
      TreeReducer(nodes: sent, leaves: leafCount).add(
        places, count: piece.count, into: total, at: 0)
      #expect(bits(total, 0..<piece.count) == bits(wanted, piece), "cut at \(borders)")
    }
    let half = ReductionTree<Void>.nodes(
      joining: (0..<8).map { TreeNode(leaf: $0) }, leaves: 16)
    #expect(half == [TreeNode(lower: 0, upper: 8)], "one node a host where it divides evenly")
  }

  @Test("Nodes that do not make up all micro-batches are our mistake and trap")
  func missing() async {
    await #expect(processExitsWith: .failure) {
      _ = TreeReducer(nodes: [[TreeNode(lower: 0, upper: 2)]], leaves: 3)
    }
  }
}
