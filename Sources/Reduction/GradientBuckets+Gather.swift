package import Comm
package import Kernels

extension GradientBuckets {
  /// Starts to give all ranks the pieces of `buckets` that their owners hold in `buffer`.
  ///
  /// - Parameters:
  ///   - buckets: their numbers.
  ///   - buffer: weights, at least as many as the flat gradient has elements; the pieces of other ranks are overwritten.
  ///   - communicator: the ranks.
  ///   - arrived: called on the communication thread once all pieces are there.
  /// - Throws: `MPIError`.
  /// - Returns: the exchange, under way.
  package func gather(
    _ buckets: Range<Int>, of buffer: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange {
    var (sending, receiving): ([Message], [Message]) = ([], [])
    for bucket in buckets {
      let own = piece(of: bucket, rank: communicator.rank)
      for peer in communicator.peers {
        let piece = piece(of: bucket, rank: peer)
        if !own.isEmpty { sending.append(buffer.message(own, with: peer)) }
        if !piece.isEmpty { receiving.append(buffer.message(piece, with: peer)) }
      }
    }
    return try communicator.exchange(sending: sending, receiving: receiving, then: arrived)
  }
}
