import Checkpoints
import Testing

@testable import Configuration
@testable import Train

@Suite("The best evaluation")
struct BestMetricTests {
  private func evaluation(loss: Double, accuracy: Double = 0) -> Evaluation {
    Evaluation(loss: loss, accuracy: accuracy, accuracyTop5: 0, samples: 1, labels: 1)
  }

  @Test("Of losses the lowest is the best, of accuracies the highest, of equal ones the earliest")
  func order() {
    var progress = TrainingProgress()
    for (step, loss) in [3.0, 2.5, 2.7, 2.5, .nan].enumerated() {
      progress.step = step + 1
      progress.evaluated(evaluation(loss: loss), by: .loss)
    }
    #expect(
      progress.best == [.weights: CheckpointState.Best(metric: "loss", value: 2.5, step: 2)])
    progress = TrainingProgress()
    for (step, accuracy) in [0.3, 0.5, 0.4].enumerated() {
      progress.step = step + 1
      progress.evaluated(evaluation(loss: 1, accuracy: accuracy), by: .accuracy)
    }
    #expect(progress.best[.weights]?.step == 2)
  }

  @Test("What was judged by another number does not count")
  func otherMetric() {
    var progress = TrainingProgress()
    progress.best[.weights] = CheckpointState.Best(metric: "accuracy", value: 0.2, step: 7)
    progress.step = 9
    progress.evaluated(evaluation(loss: 5), by: .loss)
    #expect(progress.best == [.weights: CheckpointState.Best(metric: "loss", value: 5, step: 9)])
  }

  @Test("Weights and averaged weights each have a best of their own")
  func kinds() {
    var progress = TrainingProgress()
    for (step, (raw, averaged)) in [(0.1, 0.2), (0.4, 0.1), (0.3, 0.3)].enumerated() {
      progress.step = step + 1
      progress.evaluated(
        evaluation(loss: 1, accuracy: raw), averaged: evaluation(loss: 1, accuracy: averaged),
        by: .accuracy)
    }
    #expect(progress.best.mapValues(\.step) == [.weights: 2, .averaged: 3])
    #expect(progress.bestKinds == [.averaged])
  }
}
