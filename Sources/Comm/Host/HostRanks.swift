/// Which ranks are on which host.
///
/// Ranks of a host have consecutive numbers. A plan cuts the micro-batches of a step in the order of ranks, so
/// a host computes one range of them, and its sums are few whole nodes of the reduction tree.
public struct HostRanks: Sendable, Equatable {
  /// The ranks of each host, in the order of hosts.
  public let ranges: [Range<Int>]

  /// Hosts with so many ranks each, none without one.
  public init(counts: [Int]) {
    precondition(!counts.isEmpty && counts.allSatisfy { $0 > 0 }, "hosts of \(counts) ranks")
    var start = 0
    ranges = counts.map { count in
      defer { start += count }
      return start..<start + count
    }
  }

  /// The number of hosts.
  public var count: Int { ranges.count }

  /// The number of ranks on all hosts.
  public var ranks: Int { ranges.last?.upperBound ?? 0 }

  /// The number of the host of `rank`.
  public func host(of rank: Int) -> Int {
    guard let host = ranges.firstIndex(where: { $0.contains(rank) }) else {
      preconditionFailure("rank \(rank) of \(ranks) is on no host")
    }
    return host
  }

  /// The place of `rank` among the ranks of its host.
  public func place(of rank: Int) -> Int { rank - ranges[host(of: rank)].lowerBound }

  /// The same ranks as if there were at most `most` of them on a host.
  func divided(atMost most: Int) -> HostRanks {
    HostRanks(
      counts: ranges.flatMap { range in
        stride(from: 0, to: range.count, by: most).map { min(most, range.count - $0) }
      })
  }

  /// The rank of `host` that sends to `owner` what its host has for it, and receives from it for all of its host.
  ///
  /// Owners of one host have different partners where hosts are equal. Owners at the same place of
  /// several hosts have different ones too, so that no rank does the work of its whole host.
  ///
  /// - Parameters:
  ///   - owner: a rank of another host.
  ///   - host: the number of the host.
  /// - Returns: the rank.
  public func partner(of owner: Int, on host: Int) -> Int {
    let home = self.host(of: owner)
    precondition(home != host, "rank \(owner) has no partner on its own host \(host)")
    let ranks = ranges[host]
    return ranks.lowerBound + (owner - ranges[home].lowerBound + home) % ranks.count
  }

  /// The other hosts in the order in which `host` speaks to them: the next one first.
  ///
  /// In each place of the order every host is spoken to by one other.
  public func others(than host: Int) -> [Int] { (1..<max(count, 1)).map { (host + $0) % count } }

  /// The most rounds of an exchange that are under way at once.
  package static let roundsAtOnce = 4

  /// The round, from 0 on, in which a host sends to another one: the same number of hosts apart for all of them.
  func round(from sender: Int, to receiver: Int) -> Int {
    precondition(sender != receiver, "host \(sender) sends to itself")
    return (receiver - sender + count) % count - 1
  }
}
