internal import Comm
internal import Kernels

extension GradientBuckets {
  /// Gives all ranks the pieces of `buffer` that their owners hold, bucket after bucket.
  func gather(_ buffer: FloatBuffer, _ communicator: borrowing Communicator) throws {
    for (bucket, range) in buckets.enumerated() {
      let pieces = (0..<ranks).map { rank in
        let piece = piece(of: bucket, rank: rank)
        return piece.lowerBound - range.lowerBound..<piece.upperBound - range.lowerBound
      }
      try buffer.withMutableSpan(range) { try communicator.allGatherV(&$0, pieces: pieces) }
    }
  }
}
