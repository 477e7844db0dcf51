/// What a run writes for other programs besides `metrics.jsonl`.
public struct LogSettings: Sendable, Equatable {
  /// Whether rank zero writes files of events for TensorBoard.
  public var tensorBoard = false
}
