import Comm
package import Configuration
import Kernels
import Model
import Planning
import Reduction

/// How ranks of several hosts exchange.
package enum ExchangeKind: String, CaseIterable, Sendable {
  /// Every rank with every other one.
  case ranks
  /// Hosts as one: their ranks add before anything is sent.
  case hosts

  /// How training does it.
  package static func used(by configuration: TrainingConfiguration) -> ExchangeKind {
    let train = configuration.train
    return train.reduction == .ordered && train.sharedMemory ? .hosts : .ranks
  }
}

/// All messages from one host to another that belong to one bucket.
struct HostMessage: Sendable, Equatable {
  /// The number of the receiving host.
  let to: Int
  /// Bytes of all of them.
  let bytes: Int
  /// How many they are.
  let count: Int
  /// The round in which they travel: in round r, host h sends to host h + r + 1.
  let round: Int
}

/// Who sends what to whom in a step, cut by the code that cuts it in training (`GradientBuckets`).
struct ExchangeSchedule: Sendable {
  /// The ranges of the flat gradient, in the order of the exchange.
  let buckets: [Range<Int>]
  /// The hosts.
  let hosts: Int

  /// The part of each bucket that each host owns, and how many of its ranks share it.
  private let parts: [[(range: Range<Int>, owners: Int)]]
  /// The same of a host in the mean.
  private let meanOwners: [Int]
  /// The nodes of the reduction tree that each host's ranks hold together.
  private let rankNodes: [Int]
  /// The nodes that each host sends of each element.
  private let sentNodes: [Int]
  /// The same as messages for one owner.
  private let messagesPerOwner: [Int]
  /// Bytes of an element of the gradient on the wire.
  private let gradientStride: Int
  /// How often a host's part of the weights goes to another host.
  private let weightCopies: Int
  /// Rounds of an exchange that are under way at once.
  let roundsAtOnce: Int

  /// The schedule of `elements` that learn.
  init(
    _ elements: Int, _ configuration: TrainingConfiguration, _ cluster: Cluster,
    _ kind: ExchangeKind
  ) {
    hosts = cluster.hosts
    let cut = Cut(elements, megabytes: configuration.train.bucketMB, cluster, kind)
    buckets = cut.buckets.buckets
    parts = cut.buckets.buckets.indices.map { bucket in
      (0..<cluster.hosts).map { cut.part(of: bucket, host: $0) }
    }
    meanOwners = parts.map { part in
      max(1, (part.reduce(0) { $0 + $1.owners } + cluster.hosts / 2) / cluster.hosts)
    }
    let leaves = configuration.microBatches
    let workers = Coordinator.evenly(leaves, over: cluster.workers)
    func range(of workers: ArraySlice<Range<Int>>) -> Range<Int> {
      (workers.first?.lowerBound ?? 0)..<(workers.last?.upperBound ?? 0)
    }
    func nodes(_ range: Range<Int>) -> Int {
      ReductionTree<Void>.nodes(covering: range, leaves: leaves).count
    }
    let (ranks, threads) = (cluster.ranks, cluster.threads)
    rankNodes = (0..<cluster.hosts).map { host in
      (host * ranks..<(host + 1) * ranks).reduce(0) {
        $0 + nodes(range(of: workers[$1 * threads..<($1 + 1) * threads]))
      }
    }
    switch kind {
    case .ranks: (sentNodes, messagesPerOwner) = (rankNodes, rankNodes)
    case .hosts:
      sentNodes = (0..<cluster.hosts).map {
        nodes(range(of: workers[$0 * ranks * threads..<($0 + 1) * ranks * threads]))
      }
      messagesPerOwner = sentNodes.map { min($0, 1) }
    }
    gradientStride =
      configuration.train.wirePrecision == .bf16
      ? MemoryLayout<BFloat16>.stride : MemoryLayout<Float>.stride
    weightCopies = kind == .ranks ? ranks : 1
    roundsAtOnce = kind == .hosts ? HostRanks.roundsAtOnce : .max
  }

  /// Whether every host has as much to send as every other one, up to a few blocks in the length of parts.
  var isSymmetric: Bool { Set(rankNodes).count == 1 && Set(sentNodes).count == 1 }

  /// What `host` does for `bucket`.
  ///
  /// - Parameters:
  ///   - bucket: its number.
  ///   - host: the host.
  ///   - isMean: whether every host's part is taken as the mean of them; else parts differ by a few blocks.
  ///   - mostMessages: for so many receivers at most; messages to neighbours then count as one.
  /// - Returns: its messages, additions and elements.
  func share(
    of bucket: Int, host: Int, isMean: Bool, mostMessages: Int = .max
  ) -> BucketShare {
    let length = buckets[bucket].count
    func part(_ other: Int) -> (elements: Int, owners: Int) {
      if isMean { return (length / hosts, meanOwners[bucket]) }
      return (parts[bucket][other].range.count, parts[bucket][other].owners)
    }
    let own = part(host)
    // The next host first: so nobody is spoken to by all at once.
    let others = (0..<hosts - 1).map { (round: $0, host: (host + $0 + 1) % hosts) }
    let gradients = others.map { round, other in
      HostMessage(
        to: other, bytes: sentNodes[host] * part(other).elements * gradientStride,
        count: messagesPerOwner[host] * part(other).owners, round: round)
    }
    let weights = others.map { round, other in
      HostMessage(
        to: other, bytes: weightCopies * own.elements * MemoryLayout<Float>.stride,
        count: weightCopies * own.owners, round: round)
    }
    let arriving = sentNodes.reduce(0, +) - sentNodes[host] + rankNodes[host]
    let joined = hosts > 1 ? rankNodes[host] - sentNodes[host] : 0
    return BucketShare(
      gradients: gradients.filter { $0.bytes > 0 }.joined(toMost: mostMessages),
      weights: weights.filter { $0.bytes > 0 }.joined(toMost: mostMessages),
      bytesJoined: joined * (length - own.elements) * MemoryLayout<Float>.stride,
      bytesAdded: max(0, arriving - 1) * own.elements * MemoryLayout<Float>.stride,
      ownedElements: own.elements)
  }
}

/// What a host does for one bucket.
struct BucketShare: Sendable, Equatable {
  /// What it sends of the gradients.
  let gradients: [HostMessage]
  /// What it sends of the updated weights.
  let weights: [HostMessage]
  /// Bytes that its ranks add up before they send, in all of them together.
  let bytesJoined: Int
  /// Bytes that its owners add up once all has arrived.
  let bytesAdded: Int
  /// Elements that it owns.
  let ownedElements: Int

  /// Bytes of all messages.
  var sentBytes: Int { (gradients + weights).reduce(0) { $0 + $1.bytes } }
  /// The number of all messages.
  var sentMessages: Int { (gradients + weights).reduce(0) { $0 + $1.count } }
}

extension [HostMessage] {
  /// The same bytes in `most` messages at most.
  fileprivate func joined(toMost most: Int) -> [HostMessage] {
    if count <= most { return self }
    return (0..<most).map { number in
      let part = self[count * number / most..<count * (number + 1) / most]
      return HostMessage(
        to: part[part.startIndex].to, bytes: part.reduce(0) { $0 + $1.bytes },
        count: part.reduce(0) { $0 + $1.count }, round: part[part.startIndex].round)
    }
  }
}

/// How buckets are divided among hosts.
private struct Cut {
  /// One piece a rank.
  let buckets: GradientBuckets
  private let ranks: Int

  init(_ elements: Int, megabytes: Double, _ cluster: Cluster, _ kind: ExchangeKind) {
    ranks = cluster.ranks
    buckets =
      switch kind {
      case .ranks:
        GradientBuckets(count: elements, megabytes: megabytes, ranks: cluster.hosts * ranks)
      case .hosts:
        GradientBuckets(
          count: elements, megabytes: megabytes,
          hosts: HostRanks(counts: Array(repeating: ranks, count: cluster.hosts)))
      }
  }

  /// The part of `bucket` that `host` owns, and how many of its ranks have a piece of it.
  func part(of bucket: Int, host: Int) -> (range: Range<Int>, owners: Int) {
    let pieces = (host * ranks..<(host + 1) * ranks).map { buckets.piece(of: bucket, rank: $0) }
    return (
      pieces[0].lowerBound..<pieces[ranks - 1].upperBound, pieces.count { !$0.isEmpty }
    )
  }
}
