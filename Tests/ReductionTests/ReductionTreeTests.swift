import Randomness
import Testing

@testable import Reduction

@Suite("Reduction tree")
struct ReductionTreeTests {
  /// The definition: a node is split at the largest power of two below its length.
  private func reference(_ values: [Float], _ range: Range<Int>) -> Float {
    if range.count == 1 { return values[range.lowerBound] }
    var half = 1
    while half * 2 < range.count { half *= 2 }
    let middle = range.lowerBound + half
    return reference(values, range.lowerBound..<middle)
      + reference(values, middle..<range.upperBound)
  }

  /// Adds as one worker does: returns the nodes that remain and their values.
  private func workerSum(
    _ values: [Float], _ range: Range<Int>
  ) -> (nodes: [TreeNode], values: [Float]) {
    var slots = values
    var sum = ReductionTree<Int>(leaves: values.count)
    for leaf in range {
      for addition in sum.push(TreeNode(leaf: leaf), leaf) {
        slots[addition.target] += slots[addition.source]
      }
    }
    return (sum.nodes, sum.values.map { slots[$0] })
  }

  private func finished(_ values: [Float], borders: [Int]) -> Float {
    var slots: [Float] = []
    var sum = ReductionTree<Int>(leaves: values.count)
    for (lower, upper) in zip(borders, borders.dropFirst()) {
      let part = workerSum(values, lower..<upper)
      for (node, value) in zip(part.nodes, part.values) {
        slots.append(value)
        for addition in sum.push(node, slots.count - 1) {
          slots[addition.target] += slots[addition.source]
        }
      }
    }
    #expect(sum.nodes == [TreeNode(lower: 0, upper: values.count)])
    return slots[sum.values[0]]
  }

  private func values(_ count: Int) -> [Float] {
    let key = RandomKey(seed: 5, purpose: .initialWeights, sample: count)
    return (0..<count).map {
      Float(key.normal($0)) * Float(sign: .plus, exponent: $0 % 13, significand: 1)
    }
  }

  @Test("Any partition into workers, empty ones included, adds the same pairs")
  func partitions() {
    var generator = SystemRandomNumberGenerator()
    for leaves in 1...40 {
      let values = values(leaves)
      let expected = reference(values, 0..<leaves)
      for workers in [1, 2, 3, 5, 8, 16] {
        for _ in 0..<3 {
          let cuts = (1..<workers).map { _ in Int.random(in: 0...leaves, using: &generator) }
            .sorted()
          let borders = [0] + cuts + [leaves]
          let sum = finished(values, borders: borders)
          #expect(sum.bitPattern == expected.bitPattern, "\(leaves) leaves cut at \(borders)")
        }
      }
    }
  }

  @Test("A sum from left to right is another number: the test can fail")
  func orderMatters() {
    let differing = (30..<60).filter { leaves in
      let values = values(leaves)
      return values.dropFirst().reduce(values[0], +) != reference(values, 0..<leaves)
    }
    #expect(!differing.isEmpty)
  }

  @Test("A worker keeps few nodes")
  func nodeCounts() {
    #expect(ReductionTree<Void>.nodes(covering: 1..<6, leaves: 13).count == 3)
    #expect(ReductionTree<Void>.nodes(covering: 0..<64, leaves: 64).count == 1)
    #expect(ReductionTree<Void>.nodes(covering: 5..<5, leaves: 13).isEmpty)
    for leaves in 1...70 {
      for lower in 0..<leaves {
        for upper in lower + 1...leaves {
          let nodes = ReductionTree<Void>.nodes(covering: lower..<upper, leaves: leaves)
          #expect(nodes.first?.lower == lower && nodes.last?.upper == upper)
          #expect(nodes.count <= 2 * (leaves.bitWidth - leaves.leadingZeroBitCount))
        }
      }
    }
  }

  @Test("A gap between nodes is our mistake and traps")
  func gap() async {
    await #expect(processExitsWith: .failure) {
      var sum = ReductionTree<Void>(leaves: 4)
      _ = sum.push(TreeNode(leaf: 0), ())
      _ = sum.push(TreeNode(leaf: 2), ())
    }
  }
}
