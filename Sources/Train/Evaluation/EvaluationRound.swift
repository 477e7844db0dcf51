import Comm

/// What the ranks tell each other after a round of an evaluation.
package struct EvaluationRound: Sendable, Equatable {
  /// Whether the run is to stop.
  var stops: Bool
  /// How long the round took; of the slowest rank where the ranks have agreed.
  var seconds: Double
  /// Whether a checkpoint is wanted.
  var saves = false
  /// Whether a part of a checkpoint under way is to travel.
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
