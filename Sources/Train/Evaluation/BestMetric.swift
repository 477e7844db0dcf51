import Configuration
import Model

/// What tells which evaluation was the best: for images the accuracy, for text the loss.
enum BestMetric: String, Sendable {
  case accuracy, loss

  /// The number of `evaluation` that counts.
  func value(of evaluation: Evaluation) -> Double {
    switch self {
    case .accuracy: evaluation.accuracy
    case .loss: evaluation.loss
    }
  }

  /// Whether `value` is better than that of an earlier evaluation.
  func isBetter(_ value: Double, than earlier: Double) -> Bool {
    switch self {
    case .accuracy: value > earlier
    case .loss: value < earlier
    }
  }
}

extension TrainingConfiguration {
  /// What tells which evaluation was the best.
  var bestMetric: BestMetric { model.input == .images ? .accuracy : .loss }
}
