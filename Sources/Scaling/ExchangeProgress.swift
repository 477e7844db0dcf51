/// How far an exchange has come on one host, round by round.
///
/// In a round a host sends to one other and receives from one. A round is over when both messages are, or those of
/// them that there are.
struct ExchangeProgress {
  /// Whether the host takes part already.
  private(set) var hasStarted = false
  /// The first rounds, so many, were started.
  private(set) var startedRounds = 0
  /// Messages of others that ask whether they may come.
  private var asking: [StepSimulation.Transfer] = []
  /// Messages of each round that are still to leave or to arrive; below zero, arrived before the host took part.
  private var open: [Int: Int] = [:]
  private var rounds = 0
  /// All rounds before this one are over.
  private var firstOpenRound = 0

  /// An exchange in which the host does not take part yet.
  init() {}

  /// Begins to take part.
  ///
  /// - Parameters:
  ///   - sent: the round of each own message.
  ///   - received: the round of each message of others.
  mutating func begin(sent: [Int], received: [Int]) {
    hasStarted = true
    for round in sent + received { open[round, default: 0] += 1 }
    rounds = ((sent + received).max() ?? -1) + 1
    passRoundsThatAreOver()
  }

  /// Starts the next rounds.
  ///
  /// - Parameter most: the most that are under way at once.
  /// - Returns: those that were started.
  mutating func startRounds(atOnce most: Int) -> Range<Int> {
    let first = startedRounds
    let room = most < rounds ? firstOpenRound + most : rounds
    startedRounds = max(first, min(rounds, room))
    return first..<startedRounds
  }

  /// Notes that a message of `round` has left or arrived.
  mutating func end(round: Int) {
    open[round, default: 0] -= 1
    if hasStarted { passRoundsThatAreOver() }
  }

  private mutating func passRoundsThatAreOver() {
    while firstOpenRound < rounds && open[firstOpenRound, default: 0] == 0 { firstOpenRound += 1 }
  }

  /// Whether a message of `round` has its place.
  func takes(round: Int) -> Bool { hasStarted && round < startedRounds }

  /// Keeps a message that asks too early.
  mutating func keep(_ transfer: StepSimulation.Transfer) { asking.append(transfer) }

  /// The messages that have asked too early and may come now.
  mutating func takeAnswered() -> [StepSimulation.Transfer] {
    let answered = asking.filter { takes(round: $0.message.round) }
    asking = asking.filter { !takes(round: $0.message.round) }
    return answered
  }

  /// Whether all messages have left and arrived.
  var isOver: Bool { hasStarted && firstOpenRound == rounds }
}
