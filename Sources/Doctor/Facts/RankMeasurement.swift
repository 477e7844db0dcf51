import Comm
import Hardware
import Threading
import Train

/// Every pair of ranks exchanges a message.
///
/// The pairs meet in rounds, as the players of a tournament, so that none waits for a third.
struct PairProbe {
  private let answered = Monitor<Set<Int>>([])
  private let communication: CommunicationThread

  init(_ communication: CommunicationThread) {
    self.communication = communication
  }

  /// Sends and receives all messages; collective.
  ///
  /// - Throws: `MPIError`. It waits forever if a rank does not answer; ``missing`` says which.
  func run() throws {
    let pending = Self.opponents(of: communication.rank, among: communication.size).map { peer in
      communication.startExchange { [answered] communicator in
        try communicator.greeting(with: peer) { answered.change { _ = $0.insert(peer) } }
      }
    }
    for work in pending { try work.wait() }
  }

  /// The ranks that have not answered yet.
  var missing: [Int] {
    let answered = answered.read { $0 }
    return (0..<communication.size).filter { $0 != communication.rank && !answered.contains($0) }
  }

  /// The other ranks in the order of the rounds in which `rank` meets them.
  ///
  /// In round r the ranks i and j meet if i + j = r modulo an odd number; who would meet itself meets
  /// the last one, which takes no part in the sums.
  static func opponents(of rank: Int, among ranks: Int) -> [Int] {
    let odd = ranks.isMultiple(of: 2) ? ranks - 1 : ranks
    return (0..<max(odd, 0)).compactMap { round in
      let opponent: Int
      if rank == odd {
        // Twice this is the round, for (odd + 1) / 2 is one half.
        opponent = round * ((odd + 1) / 2) % odd
      } else {
        let other = (round - rank + 2 * odd) % odd
        opponent = other == rank ? odd : other
      }
      return opponent < ranks && opponent != rank ? opponent : nil
    }
  }
}

/// What a rank has measured while the others measured too.
struct RankMeasurement: Sendable, Codable, Equatable {
  /// 10⁹ operations a second of all its threads, all ranks at work; nil if there is no model.
  var gigaflops: Double?
  /// What one core reaches in products, beside what it could; nil if memory is wanting.
  var products: ProductRates?
  /// Ranks of other jobs on the one processor of this rank.
  var rivals: [String] = []
  /// The load of the host, by its first rank.
  var load: ProcessorLoad?
  /// The disk of the run directory, by rank zero.
  var disk: DiskProbe?
  /// What the file system of the run directory can do, by rank zero; nil if it cannot be written.
  var storage: StorageProbe?
  /// Whether the rank sees what rank zero has written; nil if that failed.
  var seesRunDirectory: Bool?
  /// Why the memory of another rank of the host cannot be read.
  var singleCopyFault: String?
  /// Why the ranks cannot share memory.
  var sharedMemoryFault: String?
  /// The network interfaces of the host.
  var interfaces: [NetworkInterface] = []
  /// Seconds of a short message and of ``linkBytes`` to the next host; nil within one host.
  var latencySeconds: Double?
  /// Bytes a second to the next host while as many arrive.
  var linkBytesPerSecond: Double?

  /// Floats of the large message between hosts: 16 MB.
  static let linkFloats = 4_000_000
}
