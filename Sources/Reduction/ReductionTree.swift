/// A node of the reduction tree: the sum over the micro-batches `lower..<upper`.
package struct TreeNode: Sendable, Equatable {
  package let lower: Int
  package let upper: Int

  /// The node of one micro-batch.
  package init(leaf: Int) {
    self.init(lower: leaf, upper: leaf + 1)
  }

  package init(lower: Int, upper: Int) {
    precondition(0 <= lower && lower < upper, "tree node \(lower)..<\(upper)")
    self.lower = lower
    self.upper = upper
  }

  /// Whether this node and `right`, which follows it, are the two halves of one node.
  ///
  /// A node is split at the largest power of two below its length, so a left half is a full
  /// aligned block of 2ᵏ leaves and its right half is what remains of the next 2ᵏ.
  func isSibling(of right: TreeNode, leaves: Int) -> Bool {
    let length = upper - lower
    let isFullBlock = length & (length - 1) == 0 && lower % (2 * length) == 0
    return isFullBlock && upper == right.lower && right.upper == min(lower + 2 * length, leaves)
  }
}

/// The order of additions that every number of workers follows: one binary tree.
///
/// Values of nodes are pushed from left to right. As soon as the two halves of a node are there,
/// they are to be added; what cannot be added yet waits. Since the tree is a function of the number
/// of leaves alone, it does not matter who computed which part: the same pairs are added.
package struct ReductionTree<Value> {
  /// The addition `target += source`, after which `source` is free.
  package struct Addition {
    package let target: Value
    package let source: Value
  }

  private let leaves: Int
  private var waiting: [(node: TreeNode, value: Value)] = []

  /// A sum over `leaves` micro-batches, none of which has arrived yet.
  package init(leaves: Int) {
    self.leaves = leaves
  }

  /// The whole nodes that remain, from left to right.
  package var nodes: [TreeNode] { waiting.map(\.node) }

  /// Their values.
  package var values: [Value] { waiting.map(\.value) }

  /// Takes the value of the next node to the right; returns the additions that it makes possible,
  /// to be done in their order.
  package mutating func push(_ node: TreeNode, _ value: Value) -> [Addition] {
    if let last = waiting.last {
      precondition(
        last.node.upper == node.lower,
        "node \(node.lower)..<\(node.upper) pushed after \(last.node.lower)..<\(last.node.upper)")
    }
    var additions: [Addition] = []
    var right = (node: node, value: value)
    while let left = waiting.last, left.node.isSibling(of: right.node, leaves: leaves) {
      additions.append(Addition(target: left.value, source: right.value))
      right = (TreeNode(lower: left.node.lower, upper: right.node.upper), left.value)
      waiting.removeLast()
    }
    waiting.append(right)
    return additions
  }

  /// The whole nodes of the tree over `leaves` that make up `range`, from left to right.
  package static func nodes(covering range: Range<Int>, leaves: Int) -> [TreeNode]
  where Value == Void {
    var sum = ReductionTree<Void>(leaves: leaves)
    for leaf in range {
      _ = sum.push(TreeNode(leaf: leaf), ())
    }
    return sum.nodes
  }

  /// The whole nodes that remain of consecutive `nodes` of the tree over `leaves`.
  static func nodes(joining nodes: some Sequence<TreeNode>, leaves: Int) -> [TreeNode]
  where Value == Void {
    var sum = ReductionTree<Void>(leaves: leaves)
    for node in nodes {
      _ = sum.push(node, ())
    }
    return sum.nodes
  }
}

extension ReductionTree.Addition: Sendable where Value: Sendable {}
