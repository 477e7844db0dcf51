import Comm
import Kernels
import Model
import Reduction

/// What every rank learns of a step besides its pieces of the gradient.
///
/// All ranks have the same numbers, so they make the same decisions from them.
package struct StepStatistics: Sendable, Equatable {
  /// The norm of the gradient before it is divided by the number of labels.
  let gradientSumNorm: Double
  /// One result a micro-batch, in the order of their numbers.
  let results: [MicroBatchResult]
  /// What each rank says of itself.
  let reports: [RankReport]
}

extension StepStatistics {
  /// Collects the results of all ranks and adds up the squares of the gradient, block by block.
  ///
  /// - Parameters:
  ///   - gradient: this rank's pieces, one after the other.
  ///   - buckets: how the flat buffer is cut.
  ///   - report: what this rank says of itself.
  ///   - results: of this rank's micro-batches, in their order.
  ///   - resultCounts: the number of results of every rank.
  ///   - communicator: the ranks.
  /// - Throws: `MPIError`.
  /// - Returns: the same numbers on all ranks.
  static func exchange(
    gradient: FloatBuffer, buckets: GradientBuckets, report: RankReport,
    results: [MicroBatchResult],
    resultCounts: [Int], _ communicator: borrowing Communicator
  ) throws -> StepStatistics {
    let wordCounts = resultCounts.map { $0 * MicroBatchResult.wordCount }
    let blockCounts = (0..<buckets.ranks).map { rank in
      buckets.pieces(of: rank).reduce(0) { $0 + GradientBuckets.blocks(in: $1) }
    }
    let reportCount = report.words.count
    var places: [Range<Int>] = []
    for (words, blocks) in zip(wordCounts, blockCounts) {
      let lower = places.last?.upperBound ?? 0
      places.append(lower..<lower + reportCount + words + blocks)
    }
    let own =
      report.words + results.flatMap(\.words)
      + buckets.sumsOfSquares(of: gradient, rank: communicator.rank)
    var all = [Double](repeating: 0, count: places.last?.upperBound ?? 0)
    all.replaceSubrange(places[communicator.rank], with: own)
    var span = all.mutableSpan
    try communicator.allGatherV(&span, pieces: places)

    let words = zip(places, wordCounts).flatMap { all[$0.dropFirst(reportCount).prefix($1)] }
    let blocks = zip(places, wordCounts).map { Array(all[$0.dropFirst(reportCount + $1)]) }
    return StepStatistics(
      gradientSumNorm: buckets.sumInFlatOrder(blocks).squareRoot(),
      results: [MicroBatchResult](words: words),
      reports: places.map { RankReport(words: Array(all[$0.prefix(reportCount)])) })
  }
}

extension GradientBuckets {
  /// The sums of squares of the blocks that `rank` owns, in the order in which it keeps them.
  fileprivate func sumsOfSquares(of gradient: FloatBuffer, rank: Int) -> [Double] {
    var sums: [Double] = []
    var start = 0
    for piece in pieces(of: rank) {
      let end = start + piece.count
      while start < end {
        let next = min(start + Self.blockLength, end)
        sums.append(sumOfSquares(gradient, start..<next))
        start = next
      }
    }
    return sums
  }

  /// Adds the numbers of all ranks' blocks in the order of the flat buffer.
  fileprivate func sumInFlatOrder(_ blocks: [[Double]]) -> Double {
    var next = Array(repeating: 0, count: ranks)
    var sum = 0.0
    for bucket in buckets.indices {
      for rank in 0..<ranks {
        for _ in 0..<Self.blocks(in: piece(of: bucket, rank: rank)) {
          sum += blocks[rank][next[rank]]
          next[rank] += 1
        }
      }
    }
    return sum
  }

  fileprivate static func blocks(in piece: Range<Int>) -> Int {
    (piece.count + blockLength - 1) / blockLength
  }
}

/// What a rank reports about itself in each step.
struct RankReport: Sendable, Equatable {
  /// The seconds that each of its workers computed.
  var computeSeconds: [Double]
  /// The checksum of the weights that it owns, as its last update left them.
  var updatedSum: UInt64 = 0
  /// The checksum of the weights that it has computed this step with.
  var usedSum: UInt64 = 0

  /// The report as numbers that doubles hold exactly.
  var words: [Double] {
    computeSeconds
      + [updatedSum >> 32, updatedSum & 0xffff_ffff, usedSum >> 32, usedSum & 0xffff_ffff]
      .map { Double($0) }
  }

  /// The report that ``words`` gave.
  init(words: [Double]) {
    precondition(words.count > 4, "a report of \(words.count) words")
    computeSeconds = Array(words.dropLast(4))
    let halves = words.suffix(4).map { UInt64($0) }
    updatedSum = halves[0] << 32 | halves[1]
    usedSum = halves[2] << 32 | halves[3]
  }

  /// The report of a rank whose workers computed for this long.
  init(computeSeconds: [Double]) {
    self.computeSeconds = computeSeconds
  }
}
