import Comm

/// How an evaluation is cut into rounds; after each the ranks agree whether to continue.
///
/// A function of numbers that all ranks have exchanged. No result depends on it.
struct EvaluationRounds: Sendable {
  /// A round is to take about so long, unless one micro-batch takes longer.
  static let wantedSeconds = 0.1
  /// By how much a round may be longer than the one before: the first ones are badly measured.
  private static let growth = 4

  /// The micro-batches that the worker with the most of them still has to compute.
  private(set) var left: Int
  /// The micro-batches of each worker in the next round.
  private(set) var length: Int

  /// The rounds of workers that have up to `count` micro-batches each.
  init(count: Int) {
    left = count
    length = min(1, count)
  }

  /// Takes note that the round took the slowest rank so long.
  mutating func ended(after seconds: Double) {
    left -= length
    let fitting = seconds > 0 ? Self.wantedSeconds / seconds * Double(length) : .infinity
    let longest = Self.growth * length
    length = min(left, fitting < Double(longest) ? max(1, Int(fitting)) : longest)
  }
}

/// What the ranks tell each other after a round of an evaluation.
package struct EvaluationRound: Sendable, Equatable {
  /// Whether the run is to stop.
  var stops: Bool
  /// How long the round took; of the slowest rank where the ranks have agreed.
  var seconds: Double
  /// Whether a checkpoint is wanted.
  var saves = false
  /// Whether a part of a checkpoint in progress is to travel.
  var transfers = false

  /// What any rank has said.
  ///
  /// - Throws: `MPIError`.
  /// - Returns: the same on all ranks.
  func agreed(_ communicator: borrowing Communicator) throws -> EvaluationRound {
    var words = [stops ? 1 : 0, seconds, saves ? 1 : 0, transfers ? 1 : 0]
    var span = words.mutableSpan
    try communicator.allReduce(&span, .max)
    return EvaluationRound(
      stops: words[0] > 0, seconds: words[1], saves: words[2] > 0, transfers: words[3] > 0)
  }
}

/// What a training does between two rounds of an evaluation.
package protocol EvaluationPauses {
  /// Says what this rank wants to be done after the round.
  func fill(_ round: inout EvaluationRound)

  /// Does what the ranks have agreed on; every rank calls it.
  func pause(after round: EvaluationRound) throws
}
