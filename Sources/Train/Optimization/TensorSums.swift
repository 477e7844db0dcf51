import Kernels

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
