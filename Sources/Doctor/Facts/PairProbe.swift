import Comm
import Threading

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
  /// - Throws: `MPIError`. It waits for ever where a rank does not answer: ``missing`` tells which.
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
