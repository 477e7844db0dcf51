import Digests
package import Kernels
package import Model
package import Reduction

/// The digest of what one rank computed in a step: its nodes of the reduction tree, and the sums of gradients there.
package struct NodeDigest: Sendable, Equatable {
  /// The SHA-256 in hexadecimal.
  package let hexadecimal: String

  /// Digests each node's borders and then its sums, in state-dict order; frozen tensors have no sums.
  package init(layout: ParameterLayout, nodes: [TreeNode], buffers: [FloatBuffer]) {
    precondition(nodes.count == buffers.count, "\(buffers.count) buffers of \(nodes.count) nodes")
    var digest = SHA256()
    for (node, buffer) in zip(nodes, buffers) {
      let borders = [Int64(node.lower).littleEndian, Int64(node.upper).littleEndian]
      digest.update(borders.span)
      for parameter in layout.learning {
        buffer.withSpan(parameter.range) { digest.update($0) }
      }
    }
    hexadecimal = digest.hexadecimal
  }
}
