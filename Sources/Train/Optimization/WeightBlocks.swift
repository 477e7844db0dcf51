import Model
import Reduction

/// A run of weights of one tensor inside a block.
struct WeightStretch: Sendable {
  /// Place in the flat buffer.
  let flat: Range<Int>
  /// Place among the elements that the owner has.
  let owned: Int
  /// The number of the tensor in the layout.
  let tensor: Int
  /// The number of its group.
  let group: Int
}

/// What is updated and summed at once, so that it lies in the cache.
struct WeightBlock: Sendable {
  /// Place in the flat buffer.
  let flat: Range<Int>
  let stretches: [WeightStretch]
}

extension GradientBuckets {
  /// What `rank` owns of each bucket, by blocks of `length` elements, some of ``blockLength``.
  ///
  /// All begin at multiples of ``blockLength``, and blocks of that length are the same whoever owns them.
  func blocks(
    of rank: Int, length: Int, _ layout: ParameterLayout, _ groups: WeightGroups
  ) -> [[WeightBlock]] {
    var start = 0
    return pieces(of: rank).map { piece in
      let tensors = layout.parameters.indices.filter { layout.parameters[$0].range.overlaps(piece) }
      let offset = start - piece.lowerBound
      start += piece.count
      return stride(from: piece.lowerBound, to: piece.upperBound, by: length).map {
        let flat = $0..<min($0 + length, piece.upperBound)
        let stretches = tensors.compactMap { tensor -> WeightStretch? in
          let part = layout.parameters[tensor].range.clamped(to: flat)
          return part.isEmpty
            ? nil
            : WeightStretch(
              flat: part, owned: part.lowerBound + offset, tensor: tensor,
              group: groups.indices[tensor])
        }
        return WeightBlock(flat: flat, stretches: stretches)
      }
    }
  }
}
