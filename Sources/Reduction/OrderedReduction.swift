package import Comm
package import Kernels

/// The reduction whose bits do not depend on the number of ranks.
///
/// Every rank sends each owner its node sums of that owner's piece; the owner finishes the reduction
/// tree. Only whole nodes travel, so the additions are the same pairs in any world. Where one node a
/// rank remains, the traffic is that of a ring's reduce-scatter.
///
/// In fp32 messages leave straight from the gradients; in bf16 what travels is rounded, so that the
/// bits depend on which sums travel. Messages arrive in a buffer of their bucket; while those of one
/// bucket are added up, in fp32, those of the next ones travel.
package final class OrderedReduction: GradientReduction {
  /// A part of a node's sum that goes to its owner.
  private struct Departure {
    let buffer: FloatBuffer
    let piece: Range<Int>
    let peer: Int
  }

  /// The place for a part of another rank's node.
  private struct Arrival {
    let range: Range<Int>
    let peer: Int
  }

  private let gradientBuckets: GradientBuckets
  /// Whether what travels is rounded to bf16.
  private let roundsMessages: Bool
  private let floats = StagingBuffers<Float>()
  private let halves = StagingBuffers<BFloat16>()

  /// A reduction of the given buckets.
  package init(gradientBuckets: GradientBuckets, roundsMessages: Bool) {
    self.gradientBuckets = gradientBuckets
    self.roundsMessages = roundsMessages
  }

  package func reduce(
    bucket: Int, _ tree: TreeReducer, buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) throws -> Exchange? {
    let rank = communicator.rank
    tree.requireNodes(buffers.count, of: rank)
    let own = gradientBuckets.piece(of: bucket, rank: rank)
    let others = tree.nodes.joined().count - buffers.count
    let received = floats.take(others * own.count)
    var arrivals: [Arrival] = []
    var places: [TreeReducer.Place] = []
    for (sender, nodes) in tree.nodes.enumerated() {
      for number in nodes.indices {
        if sender == rank {
          places.append(TreeReducer.Place(buffer: buffers[number], start: own.lowerBound))
        } else {
          let lower = arrivals.count * own.count
          arrivals.append(Arrival(range: lower..<lower + own.count, peer: sender))
          places.append(TreeReducer.Place(buffer: received, start: lower))
        }
      }
    }
    let departures = communicator.peers.flatMap { peer in
      let piece = gradientBuckets.piece(of: bucket, rank: peer)
      return buffers.map { Departure(buffer: $0, piece: piece, peer: peer) }
    }
    return try exchange(
      departures.filter { !$0.piece.isEmpty }, arrivals.filter { !$0.range.isEmpty },
      into: received, communicator
    ) { [floats, places] in
      tree.add(places, count: own.count, into: owned, at: start)
      floats.give(received)
    }
  }

  private func exchange(
    _ departures: [Departure], _ arrivals: [Arrival], into received: FloatBuffer,
    _ communicator: borrowing Communicator, then arrived: @escaping () -> Void
  ) throws -> Exchange {
    guard roundsMessages else {
      return try communicator.exchange(
        sending: departures.map { $0.buffer.message($0.piece, with: $0.peer) },
        receiving: arrivals.map { received.message($0.range, with: $0.peer) }, then: arrived)
    }
    let leaving = halves.take(departures.reduce(0) { $0 + $1.piece.count })
    let arriving = halves.take(received.count)
    var sending: [Message] = []
    var start = 0
    for departure in departures {
      let end = start + departure.piece.count
      round(departure.buffer, departure.piece, into: leaving, at: start)
      sending.append(leaving.message(start..<end, with: departure.peer))
      start = end
    }
    return try communicator.exchange(
      sending: sending, receiving: arrivals.map { arriving.message($0.range, with: $0.peer) }
    ) { [halves] in
      for arrival in arrivals {
        widen(arriving, arrival.range, into: received, at: arrival.range.lowerBound)
      }
      halves.give(leaving)
      halves.give(arriving)
      arrived()
    }
  }

  package var streamsWeights: Bool { true }

  package func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange? {
    try gradientBuckets.gather(buckets, of: weights, communicator, then: arrived)
  }
}
