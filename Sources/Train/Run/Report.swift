package import Checkpoints
package import Configuration
package import Datasets
package import Exports
import Files
import Foundation
import Kernels
import Mathematics
import Model
package import Planning
package import Reporting
package import Saving
import Scoring
import Threading

/// Everything that a run reports, from rank zero.
///
/// Other ranks report nothing.
///
/// People read standard output, programs read `metrics.jsonl`.
package final class Report: Sendable {
  private let metrics: MetricsFile?
  private let tensorBoard: TensorBoardWriter?
  private let display: ProgressDisplay?
  private let onStep: @Sendable (StepSummary) -> Void
  let isEnabled: Bool

  /// Reports for rank zero, or nothing if `metrics` is nil; `onStep` gets each step too.
  package init(
    metrics: MetricsFile?, tensorBoard: TensorBoardWriter? = nil, display: ProgressDisplay?,
    onStep: @escaping @Sendable (StepSummary) -> Void = { _ in }
  ) {
    self.metrics = metrics
    self.tensorBoard = tensorBoard
    self.display = display
    self.onStep = onStep
    isEnabled = metrics != nil
  }

  /// Shows one line to people.
  package func say(_ line: String) {
    display?.show(line)
  }

  /// Warns people, even with `--quiet`.
  package func warn(_ line: String) {
    guard isEnabled else { return }
    display?.clear()
    StandardError.write("\(line)")
  }

  /// The bytes of the metrics so far; nil if none are written.
  var metricsBytes: Int? { metrics?.length }

  /// The version of the events: 2 counts epochs from 1 and has times.
  static let schemaVersion = 2

  /// `source`, with progress for people while it is evaluated.
  package func watched(_ source: any SampleSource, _ title: String, ranks: Int) -> any SampleSource
  {
    guard let display else { return source }
    return WatchedSource(source, ranks: ranks, progress: display.work(title).note(share:))
  }

  /// Records a line for programs, with the time of the event.
  ///
  /// If the disk has no room for it, a message says so, and training continues.
  package func record(_ line: JSONLine) {
    var line = line
    line.add("time", Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
    line.add("schema_version", Self.schemaVersion)
    if let trouble = metrics?.write(line) { warn(trouble) }
    if let trouble = tensorBoard?.write(line) { warn(trouble) }
  }

  /// Reports a step, with the processor time of rank zero's communication thread if there are several ranks.
  package func step(
    _ plan: StepPlan, _ sums: StepStatistics, _ duration: Duration, exchangeSeconds: Double?,
    _ configuration: TrainingConfiguration
  ) {
    guard isEnabled else { return }
    let (task, total) = (configuration.task, MicroBatchResult.total(sums.results))
    let summary = StepSummary(
      step: plan.step, epoch: plan.epoch + 1, loss: total.loss, accuracy: total.accuracy,
      learningRate: plan.learningRate, gradientNorm: sums.gradientSumNorm / total.divisor,
      samples: total.samples, seconds: duration.seconds)
    var line = JSONLine(event: "step")
    line.add("step", summary.step)
    line.add("epoch", summary.epoch)
    line.add("loss", summary.loss)
    for share in task.shares { line.add(share.rawValue, share.value(in: total)) }
    line.add("learning_rate", summary.learningRate)
    line.add("grad_norm", summary.gradientNorm)
    line.add("samples", summary.samples)
    if task.countsPredictions { line.add("predictions", total.labels) }
    line.add("step_seconds", summary.seconds)
    if let exchangeSeconds { line.add("exchange_processor_seconds", exchangeSeconds) }
    line.add("samples_per_second", Double(summary.samples) / summary.seconds)
    record(line)
    display?.step(
      summary.step, epoch: summary.epoch, learningRate: summary.learningRate, total)
    onStep(summary)
  }

  /// Reports an evaluation, with that of the averaged weights if one is kept.
  package func evaluation(
    _ evaluation: Evaluation, averaged: Evaluation?, step: Int, bestKinds: [WeightsKind],
    seconds: Double, _ configuration: TrainingConfiguration
  ) {
    guard isEnabled else { return }
    let task = configuration.task
    var line = JSONLine(event: "evaluation")
    line.add("step", step)
    line.add("loss", evaluation.loss)
    for share in task.shares { line.add(share.rawValue, evaluation.value(of: share)) }
    for metric in task.metrics(loss: evaluation.loss) { line.add(metric.name, metric.value) }
    if let averaged {
      line.add("ema_loss", averaged.loss)
      for share in task.shares { line.add("ema_\(share.rawValue)", averaged.value(of: share)) }
      for metric in task.metrics(loss: averaged.loss) {
        line.add("ema_\(metric.name)", metric.value)
      }
    }
    evaluation.classes?.confusion.record(in: &line)
    line.add("samples", evaluation.samples)
    if task.countsPredictions { line.add("predictions", evaluation.labels) }
    line.add("evaluation_seconds", seconds)
    record(line)
    func mark(_ kind: WeightsKind) -> String { bestKinds.contains(kind) ? ", the best so far" : "" }
    let words = Self.words(evaluation, task)
    let count =
      " of \(task.countsPredictions ? evaluation.labels : evaluation.samples)"
      + (evaluation.hasCollapsed ? ", \(Self.collapse)" : "")
    guard let averaged else {
      return say("evaluation after step \(step): \(words)\(count)\(mark(.weights))")
    }
    say(
      "evaluation after step \(step): weights \(words)\(count)\(mark(.weights)); averaged weights "
        + "\(Self.words(averaged, task))\(mark(.averaged))")
  }

  /// Shows the weights after `step` in TensorBoard, where that is asked for, and what they took for what.
  func weights(
    _ layout: ParameterLayout, _ weights: FloatBuffer, _ confusion: ConfusionCounts?, step: Int
  ) {
    if let trouble = tensorBoard?.write(layout, weights, confusion, after: step) { warn(trouble) }
  }

  /// Reports a checkpoint that was written, or was not.
  ///
  /// Called by the writer's thread. If the last one was not written, that is the run's own error
  /// and reported as such.
  package func checkpoint(
    _ outcome: CheckpointWriter.Outcome, step: Int, isLast: Bool, stallSeconds: Double
  ) {
    switch outcome {
    case .none: return
    case .failed(let cause):
      if isLast { return }
      warn("the checkpoint of step \(step) was not written, training continues: \(cause)")
    case .saved(let checkpoint):
      record(
        CheckpointEvent(checkpoint.state, in: checkpoint.directory).line(stallSeconds: stallSeconds)
      )
      say("checkpoint of step \(step): \(checkpoint.directory)")
    }
  }

  /// Records each rank's digest of its node sums.
  package func digests(_ plan: StepPlan, threads: Int, digests: [String]) {
    var line = JSONLine(event: "digests")
    line.add("step", plan.step)
    line.add("threads", threads)
    line.add("borders", plan.assignment.map(\.lowerBound) + [plan.assignment.last?.upperBound ?? 0])
    line.add("node_sums_sha256", digests)
    record(line)
  }

  /// The words for a model that has learned only the most frequent class.
  package static let collapse = "predicts one class for all samples"

  /// Reports the end, and whether the run has failed by its last evaluation.
  ///
  /// - Throws: ``TrainingError/storage(_:)`` if the disk did not take all lines of the metrics.
  package func end(
    _ progress: TrainingProgress, reason: String, weightsDigest: String, hasCollapsed: Bool
  ) throws {
    guard isEnabled else { return }
    if hasCollapsed {
      warn(
        "the model \(Self.collapse): this run has failed; lower optimizer.learning_rate, lengthen the "
          + "warm-up, or try another seed")
    }
    var line = JSONLine(event: "end")
    line.add("step", progress.step)
    line.add("reason", reason)
    line.add("weights_sha256", weightsDigest)
    record(line)
    do {
      try metrics?.finish()
    } catch {
      throw TrainingError.storage(error.description)
    }
    say("\(reason) after step \(progress.step)\(Self.words(progress.best))")
    say("weights sha256 \(weightsDigest)")
  }

  /// The best evaluations of a run, for people; names the kind of weights if there are two.
  private static func words(_ best: [WeightsKind: CheckpointState.Best]) -> String {
    var text = ""
    for kind in WeightsKind.allCases {
      guard let found = best[kind] else { continue }
      let isLoss = found.metric == BestMetric.loss.rawValue
      let value = isLoss ? decimals(found.value, 4) : percent(found.value)
      let owner = best.count > 1 || kind != .weights ? " of the \(kind.words)" : ""
      text += ", best \(found.metric)\(owner) \(value) after step \(found.step)"
    }
    return text
  }

  /// What an evaluation found, for people.
  private static func words(_ evaluation: Evaluation, _ task: any TrainingTask) -> String {
    let metrics = task.metrics(loss: evaluation.loss)
      .map { "\($0.name) \(decimals($0.value, 2)), " }.joined()
    let scores = evaluation.classes.map { ", \($0.confusion.scores.words)" } ?? ""
    return "loss \(decimals(evaluation.loss, 4)), \(metrics)accuracy "
      + percent(evaluation.accuracy) + scores
  }
}

extension Report {
  /// Reports a rank that has become slow, or is as fast as the others again.
  package func straggler(_ change: StragglerWatch.Change, _ plan: StepPlan, _ name: String) {
    guard isEnabled else { return }
    var line = JSONLine(event: "straggler")
    line.add("step", plan.step)
    line.add("rank", change.rank)
    line.add("speed", change.speed)
    line.add("cost_seconds", change.costSeconds)
    record(line)
    let speed = decimals(change.speed, 2)
    if change.costSeconds > 0 {
      let cost = decimals(1_000 * change.costSeconds, 1)
      say("step \(plan.step): \(name) computes at \(speed) of the others' speed, \(cost) ms a step")
    } else {
      say("step \(plan.step): \(name) computes at \(speed) of the others' speed again")
    }
  }

  /// Reports that the next plans give workers different numbers of micro-batches.
  package func balance(_ counts: [Int], from plan: StepPlan, threads: Int) {
    var line = JSONLine(event: "balance")
    line.add("step", plan.step)
    line.add("threads", threads)
    line.add("micro_batches", counts)
    record(line)
  }

  /// Records that the run ends because `quantity` is not finite; people see the error itself.
  package func diverged(_ plan: StepPlan, _ quantity: String) {
    var line = JSONLine(event: "diverged")
    line.add("step", plan.step)
    line.add("quantity", quantity)
    record(line)
  }

  /// Records that weights have changed without an update.
  func weightsChanged(_ ranks: [Int], step: Int, repaired: Bool) {
    var line = JSONLine(event: "weights_changed")
    line.add("step", step)
    line.add("ranks", ranks)
    line.add("repaired", repaired)
    record(line)
  }

  /// Reports that the update of a step was skipped.
  ///
  /// - Parameters:
  ///   - plan: the step.
  ///   - reason: in words.
  ///   - consecutive: how many consecutive ones, where that is limited.
  package func skipped(_ plan: StepPlan, _ reason: String, _ consecutive: Int?) {
    guard isEnabled else { return }
    var line = JSONLine(event: "skipped")
    line.add("step", plan.step)
    line.add("reason", reason)
    record(line)
    let count = consecutive.map { $0 == 1 ? "" : " (\($0) consecutive)" } ?? ""
    warn("step \(plan.step) is skipped\(count): \(reason)")
  }
}
