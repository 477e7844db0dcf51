/// An MPI call that failed, or a message that was not the one agreed on.
///
/// After one of these the state of the other ranks is unknown: the run must end, by
/// ``CommunicationThread/abort(code:message:)``.
public struct MPIError: Error, CustomStringConvertible, Sendable, Equatable {
  /// The name of the call, as in `MPI_Allgatherv`.
  public let call: String
  /// What the call returned: an error code of the MPI library.
  public let code: Int32
  /// The library's words for `code`, or ours where the library noticed nothing.
  public let text: String
  /// The rank on which it happened, or nil before ranks are known.
  public let rank: Int?

  /// One line: call, cause, what to do.
  ///
  /// The line of ``CommunicationThread/abort(code:message:)``
  /// names rank and host before it.
  public var description: String {
    "\(call) failed: \(text) (code \(code)); look at the other ranks and the network"
  }
}
