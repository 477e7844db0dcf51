/// Equal hosts and what joins them.
package struct Cluster: Sendable, Equatable {
  /// Hosts.
  package var hosts: Int
  /// Ranks of each.
  package var ranks: Int
  /// Worker threads of each rank.
  package var threads: Int
  /// What a host's link carries in a second, in each direction.
  package var bytesPerSecond: Double
  /// From the first byte's departure to its arrival: α.
  package var latency: Double
  /// Cores of each host; more of them than workers leave the others to the exchange.
  package var cores: Int
  /// Bytes from which a message waits for its receiver's answer before it leaves: Open MPI's eager limit for TCP.
  package var eagerBytes = 65_536
  /// What a byte costs its sender, and again its receiver, in seconds of a core: the copies in the kernel.
  ///
  /// Measured between two hosts of one core: about 0.12 s a step for 2 · 78 MB each way.
  package var wireSecondsPerByte = 0.4e-9
  /// What a message costs either of them.
  package var wireSecondsPerMessage = 5e-6
  /// Bytes of a checkpoint that rank zero writes in a second.
  package var diskBytesPerSecond = 500e6
  /// The memory of a host; nil: not known.
  package var memoryBytes: Double?

  /// Hosts whose workers have a core each.
  package init(
    hosts: Int, ranks: Int, threads: Int, bytesPerSecond: Double, latency: Double, cores: Int? = nil
  ) {
    precondition(
      hosts > 0 && ranks > 0 && threads > 0, "\(hosts) hosts of \(ranks) ranks of \(threads)")
    (self.hosts, self.ranks, self.threads) = (hosts, ranks, threads)
    (self.bytesPerSecond, self.latency) = (bytesPerSecond, latency)
    self.cores = cores ?? ranks * threads
  }

  /// All workers.
  package var workers: Int { hosts * ranks * threads }

  /// Whether each communication thread has a core that nobody computes on.
  var hasCoresForExchange: Bool { cores >= ranks * (threads + 1) }

  /// How long it takes until a communication thread notices what has arrived.
  ///
  /// Without a core of its own it sleeps between two looks, from 0.1 to 0.8 ms.
  var reaction: Double { hasCoresForExchange ? 0 : 0.4e-3 }

  /// The seconds of one round of small messages between ranks of one host.
  private static let roundOnHost = 2e-6

  /// The seconds of one round of messages of `bytes` between hosts.
  private func round(bytes: Double) -> Double {
    latency + wireSecondsPerMessage + bytes / bytesPerSecond
  }

  /// The seconds in which all ranks agree on a few numbers, in as many rounds as their number has binary digits.
  func agreementSeconds(planBytes: Double) -> Double {
    2 * Double(ranks).log2Up * Self.roundOnHost
      + Double(hosts).log2Up * (round(bytes: 16) + round(bytes: planBytes))
  }

  /// The seconds of `MPI_Allgatherv` of `bytes` in all.
  ///
  /// Open MPI takes rounds as of an agreement for little, and half as many as there are ranks for much.
  func gatherSeconds(bytes: Double) -> Double {
    let ranks = Double(hosts * self.ranks)
    if ranks == 1 { return 0 }
    let rounds = bytes <= 50_000 ? ranks.log2Up : (ranks / 2).rounded(.up)
    if hosts == 1 { return rounds * Self.roundOnHost }
    return rounds * round(bytes: 0) + bytes / bytesPerSecond
  }
}

extension Double {
  /// The binary logarithm of a count, rounded up.
  fileprivate var log2Up: Double {
    Double(Int.bitWidth - max(Int(self) - 1, 0).leadingZeroBitCount)
  }
}
