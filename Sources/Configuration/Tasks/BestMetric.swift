/// What tells which evaluation was the best.
package enum BestMetric: String, Sendable {
  case accuracy, loss

  /// Whether `value` is better than that of an earlier evaluation.
  package func isBetter(_ value: Double, than earlier: Double) -> Bool {
    switch self {
    case .accuracy: value > earlier
    case .loss: value < earlier
    }
  }
}
