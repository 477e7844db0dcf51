package import Comm
package import Kernels
import Synchronization

/// The reduction of several ranks on each of several hosts, whose bits are those of ``OrderedReduction``.
///
/// The ranks of a host are neighbours in the tree and share memory. So they add what the tree allows before
/// anything is sent. For each piece of another host, the partner of its owner reads the node sums of all ranks
/// of its host where they are, adds them and sends what is left, one node where micro-batches divide evenly.
/// New weights go the same way back, from the owner to its partner, who receives them for all ranks of its host.
///
/// A host with any number of ranks sends and receives what one rank would. It speaks to few others at a time, to each
/// in its round.
package final class HierarchicalReduction: GradientReduction {
  /// A piece that belongs to another host, and with whose owner this rank exchanges for its host.
  private struct Errand {
    let owner: Int
    let piece: Range<Int>
  }

  /// The place of a message in a buffer.
  private struct Transfer {
    let range: Range<Int>
    let peer: Int
  }

  /// How the nodes of a step are added.
  private struct Trees: Sendable {
    /// Those of every rank.
    let nodes: [[TreeNode]]
    /// What each host sends.
    let sent: [[TreeNode]]
    /// From the nodes of this host's ranks to what it sends.
    let host: TreeReducer
    /// From the nodes of this host's ranks and what the other hosts send to the whole sum.
    let whole: TreeReducer
  }

  private let gradientBuckets: GradientBuckets
  private let shared: SharedBuffers
  private let rank: Int
  /// The number of this rank's host.
  private let home: Int
  /// This rank's errands in each bucket, those to the next host first.
  private let errands: [[Errand]]
  /// Whether what travels is rounded to bf16.
  private let roundsMessages: Bool
  private let stepTrees = Mutex<Trees?>(nil)
  private let leavings = StagingBuffers<Float>()
  private let arrivals = StagingBuffers<Float>()
  private let leavingHalves = StagingBuffers<BFloat16>()
  private let arrivingHalves = StagingBuffers<BFloat16>()

  private var hosts: HostRanks { gradientBuckets.hosts }

  /// A reduction of the given buckets by `rank`, whose host's sums and weights lie in `shared`.
  package init(
    gradientBuckets: GradientBuckets, shared: SharedBuffers, rank: Int, roundsMessages: Bool
  ) {
    self.gradientBuckets = gradientBuckets
    self.shared = shared
    self.rank = rank
    self.roundsMessages = roundsMessages
    let hosts = gradientBuckets.hosts
    let home = hosts.host(of: rank)
    self.home = home
    let owners = hosts.others(than: home).flatMap { Array(hosts.ranges[$0]) }
      .filter { hosts.partner(of: $0, on: home) == rank }
    errands = gradientBuckets.buckets.indices.map { bucket in
      owners.map { Errand(owner: $0, piece: gradientBuckets.piece(of: bucket, rank: $0)) }
        .filter { !$0.piece.isEmpty }
    }
  }

  package func reduce(
    bucket: Int, _ tree: TreeReducer, buffers: [FloatBuffer], into owned: FloatBuffer,
    at start: Int, _ communicator: borrowing Communicator
  ) throws -> Exchange? {
    tree.requireNodes(buffers.count, of: rank)
    // The same buffers hold the nodes in all buckets of a step.
    if bucket == 0 { shared.announce(buffers) }
    try shared.memory.synchronize(communicator, movingMessages: true)
    let trees = trees(of: tree)
    let sums = shared.announced(counts: tree.nodes[hosts.ranges[home]].map(\.count))
    let (leaving, departures) = add(sums, trees, bucket: bucket)

    let piece = gradientBuckets.piece(of: bucket, rank: rank)
    let others = trees.sent.reduce(0) { $0 + $1.count } - trees.sent[home].count
    let received = arrivals.take(others * piece.count)
    var expected: [Transfer] = []
    var places: [TreeReducer.Place] = []
    var end = 0
    for (host, nodes) in trees.sent.enumerated() {
      if host == home {
        places += sums.map { TreeReducer.Place(buffer: $0, start: piece.lowerBound) }
        continue
      }
      let lower = end
      end += nodes.count * piece.count
      places += nodes.indices.map {
        TreeReducer.Place(buffer: received, start: lower + $0 * piece.count)
      }
      let partner = hosts.partner(of: rank, on: host)
      if end > lower { expected.append(Transfer(range: lower..<end, peer: partner)) }
    }
    let messages = try exchange(
      departures, from: leaving, expected, into: received, communicator
    ) { [arrivals, places] in
      trees.whole.add(places, count: piece.count, into: owned, at: start)
      arrivals.give(received)
    }
    // After the last bucket the buffers may change: they are no longer read.
    let isLast = bucket == gradientBuckets.buckets.count - 1
    return isLast ? meeting(after: messages) : messages
  }

  /// Adds `sums`, those of this host's ranks, as far as the tree allows, in the pieces of this rank's errands.
  ///
  /// - Returns: what is to be sent, one message after the other, the nodes of each one after the other.
  private func add(
    _ sums: [FloatBuffer], _ trees: Trees, bucket: Int
  ) -> (buffer: FloatBuffer, departures: [Transfer]) {
    let nodes = trees.sent[home].count
    let buffer = leavings.take(errands[bucket].reduce(0) { $0 + $1.piece.count } * nodes)
    var departures: [Transfer] = []
    var end = 0
    for errand in errands[bucket] where nodes > 0 {
      let (lower, piece) = (end, errand.piece)
      end += nodes * piece.count
      trees.host.add(
        sums.map { TreeReducer.Place(buffer: $0, start: piece.lowerBound) }, count: piece.count,
        into: (0..<nodes).map {
          TreeReducer.Place(buffer: buffer, start: lower + $0 * piece.count)
        })
      departures.append(Transfer(range: lower..<end, peer: errand.owner))
    }
    return (buffer, departures)
  }

  private func exchange(
    _ departures: [Transfer], from leaving: FloatBuffer, _ expected: [Transfer],
    into received: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange {
    guard roundsMessages else {
      return try communicator.exchange(
        sending: departures.map { leaving.message($0.range, with: $0.peer) },
        receiving: expected.map { received.message($0.range, with: $0.peer) }, between: hosts
      ) { [leavings] in
        leavings.give(leaving)
        arrived()
      }
    }
    let sent = leavingHalves.take(departures.last?.range.upperBound ?? 0)
    let arriving = arrivingHalves.take(expected.last?.range.upperBound ?? 0)
    for departure in departures {
      round(leaving, departure.range, into: sent, at: departure.range.lowerBound)
    }
    leavings.give(leaving)
    return try communicator.exchange(
      sending: departures.map { sent.message($0.range, with: $0.peer) },
      receiving: expected.map { arriving.message($0.range, with: $0.peer) }, between: hosts
    ) { [leavingHalves, arrivingHalves] in
      for arrival in expected {
        widen(arriving, arrival.range, into: received, at: arrival.range.lowerBound)
      }
      leavingHalves.give(sent)
      arrivingHalves.give(arriving)
      arrived()
    }
  }

  package var streamsWeights: Bool { true }

  package func gather(
    _ buckets: Range<Int>, of weights: FloatBuffer, _ communicator: borrowing Communicator,
    then arrived: @escaping () -> Void
  ) throws -> Exchange? {
    shared.requireShared(weights)
    var (sending, receiving): ([Message], [Message]) = ([], [])
    for bucket in buckets {
      let own = gradientBuckets.piece(of: bucket, rank: rank)
      if !own.isEmpty {
        sending += hosts.others(than: home).map {
          weights.message(own, with: hosts.partner(of: rank, on: $0))
        }
      }
      receiving += errands[bucket].map { weights.message($0.piece, with: $0.owner) }
    }
    let messages = try communicator.exchange(
      sending: sending, receiving: receiving, between: hosts, then: {})
    // What a neighbour has received or updated is there as well.
    return meeting(after: messages).then(arrived)
  }

  /// The same exchange, with all ranks of the host waiting for each other at its end.
  private func meeting(after exchange: Exchange) -> Exchange {
    exchange.thenMeeting { [memory = shared.memory] communicator in
      try memory.synchronize(communicator, movingMessages: true)
    }
  }

  /// The trees of the step whose nodes `tree` adds, the same for all of its buckets.
  private func trees(of tree: TreeReducer) -> Trees {
    stepTrees.withLock { cached in
      if let cached, cached.nodes == tree.nodes { return cached }
      let sent = hosts.ranges.map {
        ReductionTree<Void>.nodes(joining: tree.nodes[$0].joined(), leaves: tree.leaves)
      }
      let own = Array(tree.nodes[hosts.ranges[home]])
      var all = sent
      all[home] = Array(own.joined())
      let trees = Trees(
        nodes: tree.nodes, sent: sent, host: TreeReducer(adding: own, leaves: tree.leaves),
        whole: TreeReducer(nodes: all, leaves: tree.leaves))
      cached = trees
      return trees
    }
  }
}

extension SharedBuffers {
  /// The reduction of ranks that share memory on their hosts.
  ///
  /// - Parameters:
  ///   - gradientBuckets: how the gradient is cut for them.
  ///   - rank: the number of this rank among those of all hosts.
  ///   - roundsMessages: whether what travels between hosts is rounded to bf16.
  /// - Returns: a reduction of one level on one host, else of two.
  package func reduction(
    of gradientBuckets: GradientBuckets, rank: Int, roundsMessages: Bool
  ) -> any GradientReduction {
    if gradientBuckets.hosts.count == 1 {
      return SharedReduction(gradientBuckets: gradientBuckets, buffers: self)
    }
    return HierarchicalReduction(
      gradientBuckets: gradientBuckets, shared: self, rank: rank, roundsMessages: roundsMessages)
  }
}
