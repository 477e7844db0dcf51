/// Where the ranks of a run are.
public struct Placement: Sendable, Equatable {
  /// One rank's place.
  public struct Rank: Sendable, Equatable {
    /// The name of its host.
    public let host: String
    /// The processors on which it may run, as in `0-3,8`.
    public let processors: String

    /// A place.
    public init(host: String, processors: String) {
      self.host = host
      self.processors = processors
    }
  }

  /// The places, in the order of ranks.
  public let ranks: [Rank]

  /// A placement with these ranks' places.
  public init(ranks: [Rank]) { self.ranks = ranks }

  /// The names of the hosts in the order of their first ranks, with the number of ranks on each.
  public var hosts: [(name: String, ranks: Int)] {
    var hosts: [(name: String, ranks: Int)] = []
    for rank in ranks {
      if let index = hosts.firstIndex(where: { $0.name == rank.host }) {
        hosts[index].ranks += 1
      } else {
        hosts.append((rank.host, 1))
      }
    }
    return hosts
  }

  /// A rank for people, as in `rank 3 on node2`.
  public func name(of rank: Int) -> String { "rank \(rank) on \(ranks[rank].host)" }

  /// The hosts for people, as in `node1 × 4, node2 × 4`.
  public var hostsDescription: String {
    hosts.map { "\($0.name) × \($0.ranks)" }.joined(separator: ", ")
  }

  /// The binding for people: one mask if all ranks have the same, else each rank's.
  public var bindingDescription: String {
    let masks = ranks.map(\.processors)
    guard let first = masks.first else { return "" }
    if masks.allSatisfy({ $0 == first }) { return "processors \(first)" }
    return masks.enumerated().map { "rank \($0): \($1)" }.joined(separator: "; ")
  }
}

extension CommunicationThread {
  /// Which ranks are on which host; all count as on one where hosts are not told `apart`.
  ///
  /// Collective.
  ///
  /// - Throws: ``MPIError``.
  public func hosts(apart: Bool) throws -> HostRanks {
    guard apart && size > 1 else { return HostRanks(counts: [size]) }
    return launch.hosts(try perform { try $0.ranksOfHosts() })
  }

  /// Asks every rank for its place; collective.
  public func placement() throws -> Placement {
    let (host, processors) = (host, processors.description)
    return try perform { communicator throws(MPIError) in
      let hosts = try communicator.allGather(Array(host.utf8))
      let masks = try communicator.allGather(Array(processors.utf8))
      return Placement(
        ranks: zip(hosts, masks).map {
          Placement.Rank(
            host: String(decoding: $0, as: UTF8.self),
            processors: String(decoding: $1, as: UTF8.self))
        })
    }
  }
}
