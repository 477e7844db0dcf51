import Checkpoints
import Testing

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
    #expect(progress.best == CheckpointState.Best(metric: "loss", value: 2.5, step: 2))
    progress = TrainingProgress()
    for (step, accuracy) in [0.3, 0.5, 0.4].enumerated() {
      progress.step = step + 1
      progress.evaluated(evaluation(loss: 1, accuracy: accuracy), by: .accuracy)
    }
    #expect(progress.best?.step == 2)
  }

  @Test("What was judged by another number does not count")
  func otherMetric() {
    var progress = TrainingProgress()
    progress.best = CheckpointState.Best(metric: "accuracy", value: 0.2, step: 7)
    progress.step = 9
    progress.evaluated(evaluation(loss: 5), by: .loss)
    #expect(progress.best == CheckpointState.Best(metric: "loss", value: 5, step: 9))
  }
}

@Suite("Unigram baseline")
struct UnigramBaselineTests {
  @Test("The shares of the most frequent token and of the five most frequent")
  func shares() {
    let baseline = UnigramBaseline(counts: [4: 50, 9: 20, 2: 10, 1: 8, 7: 6, 3: 4, 8: 2])
    #expect(baseline.accuracy == 0.5 && baseline.accuracyTop5 == 0.94)
    #expect(UnigramBaseline(counts: [:]).accuracy == 0)
  }
}

@Suite("Plot of losses")
struct LossPlotTests {
  @Test(
    "Ticks are round, cover all values and are told apart",
    arguments: [
      [3.64, 6.2], [0.001, 0.0012], [5.0], [], [100, 100],
    ])
  func axis(values: [Double]) {
    let axis = Axis(values, from: 400, to: 20)
    let labels = axis.ticks.map(axis.label)
    #expect(Set(labels).count == labels.count && (2...12).contains(labels.count))
    for value in values { #expect((20...400).contains(axis.place(value))) }
  }
}
