import Kernels

/// The additions that make one sum of the ranks' nodes, or as few as the tree allows, to be done block by block.
///
/// A block of a few thousand elements goes through all of them before the next, so that the partial
/// sums stay in the cache and each node's value is read once, in place. The ranks' nodes are the
/// same for all buckets of a step, so one reducer serves them all, one after the other.
package struct TreeReducer: Sendable {
  /// Where the values of a node begin.
  struct Place {
    let buffer: FloatBuffer
    let start: Int
  }

  private enum Step: Sendable {
    /// The value of a node becomes a partial sum.
    case copy(node: Int, to: Int)
    /// The value of a node is added to a partial sum.
    case addNode(Int, to: Int)
    /// A partial sum is added to the one to the left of it.
    case addSum(Int, to: Int)
  }

  /// Elements that go through the tree at once.
  private static let blockLength = 4_096

  /// The nodes of every rank, from left to right.
  let nodes: [[TreeNode]]

  /// The number of micro-batches.
  let leaves: Int

  /// The sums that are left, from left to right.
  let sums: [TreeNode]

  private let steps: [Step]
  private let partialSums: FloatBuffer

  /// The sum of every rank's `nodes`, which follow each other and make up all `leaves`.
  package init(nodes: [[TreeNode]], leaves: Int) {
    self.init(adding: nodes, leaves: leaves)
    precondition(
      sums == [TreeNode(lower: 0, upper: leaves)],
      "the ranks' nodes add up to \(sums), not to all \(leaves) micro-batches")
  }

  /// The sums of some ranks' `nodes`, which follow each other, as far as the tree over `leaves` allows.
  init(adding nodes: [[TreeNode]], leaves: Int) {
    var sum = ReductionTree<Int>(leaves: leaves)
    var steps: [Step] = []
    var places = 0
    for (number, node) in nodes.joined().enumerated() {
      let place = sum.values.count
      let additions = sum.push(node, place)
      if let first = additions.first {
        steps.append(.addNode(number, to: first.target))
        steps += additions.dropFirst().map { .addSum($0.source, to: $0.target) }
      } else {
        steps.append(.copy(node: number, to: place))
        places = max(places, place + 1)
      }
    }
    self.nodes = nodes
    self.leaves = leaves
    self.steps = steps
    sums = sum.nodes
    partialSums = FloatBuffer(count: (places - sum.nodes.count) * Self.blockLength)
  }

  /// Traps unless `rank` contributes `count` nodes.
  func requireNodes(_ count: Int, of rank: Int) {
    precondition(nodes[rank].count == count, "\(count) buffers of \(nodes[rank].count) nodes")
  }

  /// Adds up `count` values of each node and writes the sums to `total` from `start` on.
  func add(_ nodes: [Place], count: Int, into total: FloatBuffer, at start: Int) {
    add(nodes, count: count, into: [Place(buffer: total, start: start)])
  }

  /// Adds up `count` values of each node and writes each of ``sums`` to its place in `totals`.
  func add(_ nodes: [Place], count: Int, into totals: [Place]) {
    precondition(totals.count == sums.count, "\(totals.count) places for \(sums.count) sums")
    for lower in stride(from: 0, to: count, by: Self.blockLength) {
      let block = lower..<min(lower + Self.blockLength, count)
      for step in steps { perform(step, nodes, block, into: totals) }
    }
  }

  private func perform(
    _ step: Step, _ nodes: [Place], _ block: Range<Int>, into totals: [Place]
  ) {
    func values(_ node: Int) -> Range<Int> {
      nodes[node].start + block.lowerBound..<nodes[node].start + block.upperBound
    }
    // The leftmost partial sums are in the end what is left.
    func place(_ sum: Int) -> (buffer: FloatBuffer, start: Int) {
      sum < totals.count
        ? (totals[sum].buffer, totals[sum].start + block.lowerBound)
        : (partialSums, (sum - totals.count) * Self.blockLength)
    }
    switch step {
    case .copy(let node, let sum):
      place(sum).buffer.copy(values(node), of: nodes[node].buffer, to: place(sum).start)
    case .addNode(let node, let sum):
      Kernels.add(nodes[node].buffer, values(node), to: place(sum).buffer, at: place(sum).start)
    case .addSum(let source, let target):
      let lower = place(source).start
      Kernels.add(
        place(source).buffer, lower..<lower + block.count, to: place(target).buffer,
        at: place(target).start)
    }
  }
}
