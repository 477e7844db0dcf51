package import Comm
package import Kernels

/// How the flat gradient is cut, and the weights that learn, which lie at the same places: into buckets, each
/// bucket into one piece a rank.
///
/// A bucket is what one exchange carries. Rank r owns piece r of every bucket: it finishes the sums
/// there, keeps the optimizer's state for it and hands out its new weights (stage 1 of ZeRO: Rajbhandari
/// et al., arXiv 1910.02054). Everything is cut at multiples of ``blockLength``, the unit of the
/// global norm, so neither the size of a bucket nor the number of ranks changes a bit.
///
/// Where ranks are on several hosts, a bucket is first divided evenly among the hosts. As many ranks of a host
/// divide its part as can have pieces that are worth a message. They take turns from bucket to bucket.
public struct GradientBuckets: Sendable, Equatable {
  /// Elements whose squares are summed into one number of the norm.
  public static let blockLength = 4_096

  /// Blocks of a piece that is worth a message to another host: 128 KiB, and 64 KiB in bf16.
  static let leastMessageBlocks = 8

  /// The ranks of each host, or all as on one host.
  package let hosts: HostRanks

  /// The number of ranks.
  public var ranks: Int { hosts.ranks }

  /// The ranges of the flat gradient, in the order in which backward finishes them.
  public let buckets: [Range<Int>]

  /// The host of each rank.
  private let hostNumbers: [Int]

  /// Cuts `count` elements into buckets of about `bucketElements`, as for ranks on one host.
  ///
  /// The first and the last bucket are at most a quarter as long: the exchange then starts early in the
  /// backward pass, and little of it is left to do after its end, nor before the next forward pass.
  public init(count: Int, bucketElements: Int, ranks: Int) {
    self.init(count: count, bucketElements: bucketElements, hosts: HostRanks(counts: [ranks]))
  }

  /// The same for ranks on `hosts`; with many of them buckets are longer, so that pieces are worth a message.
  package init(count: Int, bucketElements: Int, hosts: HostRanks) {
    precondition(count > 0, "buckets of \(count) elements for \(hosts.ranks) ranks")
    self.hosts = hosts
    hostNumbers = hosts.ranges.enumerated().flatMap { host, ranks in ranks.map { _ in host } }
    // As many blocks for each host: else the same few would own more in all buckets.
    let unit = hosts.count * Self.blockLength
    func wholeUnits(_ elements: Int) -> Int { max(1, elements / unit) * unit }
    let least = hosts.count > 1 ? Self.leastMessageBlocks * unit : 0
    let length = max(wholeUnits(bucketElements), least)
    var buckets: [Range<Int>] = []
    var lower = 0
    let short = max(wholeUnits(length / 4), least)
    while lower < count {
      var upper = min(lower + (buckets.isEmpty ? short : length), count)
      if upper == count && count - lower > short + least {
        // What is left becomes two buckets, the last of them short.
        upper = lower + wholeUnits(count - lower - short)
      }
      buckets.append(lower..<upper)
      lower = upper
    }
    self.buckets = buckets
  }

  /// Cuts `count` floats into buckets of about `megabytes` · 10⁶ bytes.
  package init(count: Int, megabytes: Double, ranks: Int) {
    self.init(count: count, megabytes: megabytes, hosts: HostRanks(counts: [ranks]))
  }

  /// The same for ranks on `hosts`.
  package init(count: Int, megabytes: Double, hosts: HostRanks) {
    self.init(
      count: count, bucketElements: Int(megabytes * 1e6) / MemoryLayout<Float>.stride, hosts: hosts)
  }

  /// The part of `bucket` that `rank` owns; empty if the bucket has too few blocks for all ranks.
  public func piece(of bucket: Int, rank: Int) -> Range<Int> {
    let range = buckets[bucket]
    let blocks = (range.count + Self.blockLength - 1) / Self.blockLength
    let host = hostNumbers[rank]
    let part = blocks * host / hosts.count..<blocks * (host + 1) / hosts.count
    let neighbours = hosts.ranges[host]
    let owners = numberOfOwners(of: part.count, among: neighbours.count)
    func border(_ owner: Int) -> Int {
      let block = part.lowerBound + part.count * owner / owners
      return min(range.lowerBound + block * Self.blockLength, range.upperBound)
    }
    func owns(_ place: Int) -> Bool {
      let turned = (place + bucket) % neighbours.count
      return turned * owners % neighbours.count < owners
    }
    let place = rank - neighbours.lowerBound
    let former = owners == neighbours.count ? place : (0..<place).count(where: owns)
    return border(former)..<border(owns(place) ? former + 1 : former)
  }

  /// How many of a host's `ranks` divide its part of a bucket.
  private func numberOfOwners(of blocks: Int, among ranks: Int) -> Int {
    hosts.count == 1 ? ranks : min(ranks, max(1, blocks / Self.leastMessageBlocks))
  }

  /// What `rank` owns, one piece a bucket.
  public func pieces(of rank: Int) -> [Range<Int>] {
    buckets.indices.map { piece(of: $0, rank: rank) }
  }

  /// The number of elements that `rank` owns.
  public func ownedCount(of rank: Int) -> Int {
    pieces(of: rank).reduce(0) { $0 + $1.count }
  }

  /// The ranges of the flat buffer that make up `owned`, a range of the elements of `rank`.
  package func flatRanges(of owned: Range<Int>, rank: Int) -> [(flat: Range<Int>, owned: Int)] {
    var start = 0
    var ranges: [(flat: Range<Int>, owned: Int)] = []
    for piece in pieces(of: rank) {
      let common = owned.clamped(to: start..<start + piece.count)
      if !common.isEmpty {
        let lower = piece.lowerBound + common.lowerBound - start
        ranges.append((flat: lower..<lower + common.count, owned: common.lowerBound))
      }
      start += piece.count
    }
    return ranges
  }

  /// A number that changes when a bit of `range` of `buffer` changes; those of parts that are cut at
  /// blocks add up to that of the whole.
  ///
  /// - Precondition: `range` begins at a multiple of ``blockLength``, or is empty. Traps otherwise.
  package static func checksum(_ buffer: FloatBuffer, _ range: Range<Int>) -> UInt64 {
    Kernels.checksum(buffer, range, blockLength: blockLength)
  }
}

extension GradientBuckets {
  /// Starts to give all ranks the pieces of `buckets` that their owners hold in `buffer`.
  ///
  /// - Parameters:
  ///   - buckets: their numbers.
  ///   - buffer: weights, at least as many as the flat gradient has elements; the pieces of other ranks are overwritten.
  ///   - communicator: the ranks.
  ///   - arrived: called on the communication thread once all pieces are there.
  /// - Throws: `MPIError`.
  /// - Returns: the exchange, in progress.
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
