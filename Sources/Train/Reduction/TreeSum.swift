internal import Kernels

/// The additions that make the whole sum of the ranks' nodes, to be done block by block.
///
/// A block of a few thousand elements goes through all of them before the next, so that the partial
/// sums stay in the cache and each node's value is read once, wherever it lies.
struct TreeSum {
  private enum Step {
    /// The value of a node becomes a partial sum.
    case copy(node: Int, to: Int)
    /// The value of a node is added to a partial sum.
    case addNode(Int, to: Int)
    /// A partial sum is added to the one to the left of it.
    case addSum(Int, to: Int)
  }

  /// Elements that go through the tree at once.
  private static let blockLength = 4_096

  private let steps: [Step]
  private let partialSums: FloatBuffer

  /// The sum of `nodes`, which follow each other and make up all `leaves`.
  init(nodes: [TreeNode], leaves: Int) {
    var sum = CanonicalSum<Int>(leaves: leaves)
    var steps: [Step] = []
    var deepest = 0
    for (number, node) in nodes.enumerated() {
      let place = sum.values.count
      let additions = sum.push(node, place)
      if let first = additions.first {
        steps.append(.addNode(number, to: first.target))
        steps += additions.dropFirst().map { .addSum($0.source, to: $0.target) }
      } else {
        steps.append(.copy(node: number, to: place))
        deepest = max(deepest, place)
      }
    }
    precondition(
      sum.nodes == [TreeNode(lower: 0, upper: leaves)],
      "the ranks' nodes add up to \(sum.nodes), not to all \(leaves) micro-batches")
    self.steps = steps
    partialSums = FloatBuffer(count: deepest * Self.blockLength)
  }

  /// Adds up `range` of the nodes' values and writes the sum to `total` from `start` on.
  func add(_ values: [FloatBuffer], _ range: Range<Int>, into total: FloatBuffer, at start: Int) {
    for lower in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockLength) {
      let block = lower..<min(lower + Self.blockLength, range.upperBound)
      let target = start + lower - range.lowerBound
      for step in steps { perform(step, values, block, into: total, at: target) }
    }
  }

  private func perform(
    _ step: Step, _ values: [FloatBuffer], _ block: Range<Int>, into total: FloatBuffer,
    at start: Int
  ) {
    // The leftmost partial sum is the total itself.
    func place(_ sum: Int) -> (buffer: FloatBuffer, start: Int) {
      sum == 0 ? (total, start) : (partialSums, (sum - 1) * Self.blockLength)
    }
    switch step {
    case .copy(let node, let sum):
      place(sum).buffer.copy(block, of: values[node], to: place(sum).start)
    case .addNode(let node, let sum):
      Kernels.add(values[node], block, to: place(sum).buffer, at: place(sum).start)
    case .addSum(let source, let target):
      let lower = place(source).start
      Kernels.add(
        place(source).buffer, lower..<lower + block.count, to: place(target).buffer,
        at: place(target).start)
    }
  }
}
