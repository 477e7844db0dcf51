import Kernels
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

/// What is updated and summed at once, so that it stays in the cache.
struct WeightBlock: Sendable {
  /// Place in the flat buffer.
  let flat: Range<Int>
  let stretches: [WeightStretch]
}

extension GradientBuckets {
  /// What `rank` owns of each bucket, by blocks of `length` elements, some of ``blockLength``.
  ///
  /// All begin at multiples of ``blockLength``, and blocks of that length do not depend on their owner.
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

/// How sums of squares over whole tensors are made of those of their parts, which several ranks own.
///
/// A part is what a tensor has of one block. The sums of all ranks' parts are added in the order of the flat buffer, so
/// their bits are the same for any number of ranks and threads.
struct TensorSums: Sendable {
  private struct Part {
    let tensor: Int
    /// Its place among the numbers that all ranks gather.
    let place: Int
  }

  private static let numbersPerPart = 2

  /// For each rank, the place of its numbers among those that all ranks gather.
  let pieces: [Range<Int>]
  /// All parts in the order of the flat buffer.
  private let parts: [Part]
  private let tensors: Int

  /// The sums of the tensors of those groups that `isSummed` names.
  ///
  /// - Parameters:
  ///   - blocks: what each rank owns of each bucket.
  ///   - tensors: the number of tensors.
  ///   - isSummed: for each group, whether the sums of its tensors are wanted.
  init(blocks: [[[WeightBlock]]], tensors: Int, isSummed: [Bool]) {
    func summed(_ blocks: [WeightBlock]) -> [WeightStretch] {
      blocks.flatMap(\.stretches).filter { isSummed[$0.group] }
    }
    var pieces: [Range<Int>] = []
    for own in blocks {
      let lower = pieces.last?.upperBound ?? 0
      let count = own.reduce(0) { $0 + summed($1).count }
      pieces.append(lower..<lower + count * Self.numbersPerPart)
    }
    var next = pieces.map(\.lowerBound)
    var parts: [Part] = []
    for bucket in blocks[0].indices {
      for rank in blocks.indices {
        for stretch in summed(blocks[rank][bucket]) {
          parts.append(Part(tensor: stretch.tensor, place: next[rank]))
          next[rank] += Self.numbersPerPart
        }
      }
    }
    (self.pieces, self.parts, self.tensors) = (pieces, parts, tensors)
  }

  /// The numbers of one rank from the sums of its parts, which come in the order of its blocks.
  func numbers(of sums: [SquareSums]) -> [Double] {
    sums.flatMap { [$0.weights, $0.changes] }
  }

  /// The sums of each tensor, from the numbers of all ranks; zero for a tensor that is not summed.
  func total(of numbers: [Double]) -> [SquareSums] {
    var sums = Array(repeating: SquareSums(), count: tensors)
    for part in parts {
      sums[part.tensor].weights += numbers[part.place]
      sums[part.tensor].changes += numbers[part.place + 1]
    }
    return sums
  }
}
