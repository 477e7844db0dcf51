import Comm
import Configuration

extension StepGradient.Vote {
  /// The number by which ranks compare their votes: the highest decides.
  var rawValue: Int64 {
    switch self {
    case .proceed: 0
    case .giveUp: 1
    case .fail: Self.failure
    }
  }

  /// The number of a vote to fail.
  static var failure: Int64 { 2 }

  /// The failure of the first rank that has one.
  ///
  /// Every rank calls it if one of them has failed.
  ///
  /// - Parameters:
  ///   - place: this rank, for people.
  ///   - communicator: the ranks.
  /// - Returns: the same error on all ranks.
  /// - Throws: `MPIError`.
  func shareFailure(
    of place: String, _ communicator: borrowing Communicator
  ) throws -> TrainingError {
    var words: [String] = []
    if case .fail(let error) = self {
      let text = communicator.size == 1 ? error.description : "\(place): \(error.description)"
      words = ["\(error.exitCode)", text]
    }
    let all = try communicator.allGather(Array(words.joined(separator: "\0").utf8))
    guard let first = all.first(where: { !$0.isEmpty }),
      let end = first.firstIndex(of: 0),
      let exitCode = Int32(String(decoding: first[..<end], as: UTF8.self))
    else { preconditionFailure("ranks agreed on a failure that none of them has") }
    return .rankFailed(
      String(decoding: first[(end + 1)...], as: UTF8.self), exitCode: exitCode)
  }
}
