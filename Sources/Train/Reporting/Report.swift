internal import Checkpoints
internal import Foundation
internal import Model

/// The one voice of a run: rank zero's.
///
/// On other ranks nothing is said.
///
/// People read standard output, programs read `metrics.jsonl`.
final class Report: Sendable {
  private let metrics: MetricsFile?
  private let display: ProgressDisplay?
  private let isAudible: Bool

  /// A voice for rank zero, or a silent one where `metrics` is nil.
  init(metrics: MetricsFile?, display: ProgressDisplay?) {
    self.metrics = metrics
    self.display = display
    isAudible = metrics != nil
  }

  /// Shows one line to people.
  func say(_ line: String) {
    display?.show(line)
  }

  /// Warns people, whether or not they wanted to see progress.
  func warn(_ line: String) {
    guard isAudible else { return }
    display?.clear()
    StandardError.write("\(line)")
  }

  /// Records a line for programs.
  func record(_ line: JSONLine) throws {
    try metrics?.write(line)
  }

  /// Reports a step.
  func step(
    _ plan: StepPlan, _ sums: StepSums, _ duration: Duration, _ configuration: TrainingConfiguration
  ) throws {
    guard isAudible else { return }
    let total = MicroBatchResult.total(sums.results)
    let samples = Double(total.samples)
    let seconds = duration.seconds
    var line = JSONLine(event: "step")
    line.add("step", plan.step)
    line.add("epoch", plan.epoch)
    line.add("loss", total.lossSum / samples)
    line.add("accuracy", Double(total.correct) / samples)
    if configuration.model.numClasses > 5 {
      line.add("accuracy_top5", Double(total.correctTop5) / samples)
    }
    line.add("learning_rate", plan.learningRate)
    line.add("grad_norm", sums.gradientSumNorm / samples)
    line.add("samples", total.samples)
    line.add("step_seconds", seconds)
    line.add("samples_per_second", samples / seconds)
    try record(line)
    display?.step(plan, loss: total.lossSum, correct: total.correct, samples: total.samples)
  }

  /// Reports an evaluation, with that of the averaged weights if one is kept.
  func evaluation(
    _ evaluation: Evaluation, averaged: Evaluation?, step: Int, isBest: Bool, seconds: Double,
    classes: Int
  ) throws {
    guard isAudible else { return }
    var line = JSONLine(event: "evaluation")
    line.add("step", step)
    line.add("loss", evaluation.loss)
    line.add("accuracy", evaluation.accuracy)
    if classes > 5 { line.add("accuracy_top5", evaluation.accuracyTop5) }
    if let averaged {
      line.add("ema_loss", averaged.loss)
      line.add("ema_accuracy", averaged.accuracy)
      if classes > 5 { line.add("ema_accuracy_top5", averaged.accuracyTop5) }
    }
    line.add("samples", evaluation.samples)
    line.add("evaluation_seconds", seconds)
    try record(line)
    var text =
      "evaluation after step \(step): loss \(Self.decimals(evaluation.loss, 4)), "
      + "accuracy \(Self.percent(evaluation.accuracy))"
    if let averaged { text += ", averaged weights \(Self.percent(averaged.accuracy))" }
    say(text + " of \(evaluation.samples)\(isBest ? ", the best so far" : "")")
  }

  /// Reports a checkpoint that was written, or was not.
  ///
  /// Called by the writer's thread. Where the last one was not written, that is the run's own error
  /// and said as such.
  func checkpoint(
    _ outcome: CheckpointWriter.Outcome, step: Int, isLast: Bool, stallSeconds: Double
  ) {
    switch outcome {
    case .none: return
    case .failed(let cause):
      if isLast { return }
      warn("the checkpoint of step \(step) was not written, training goes on: \(cause)")
    case .saved(let checkpoint):
      var line = JSONLine(event: "checkpoint")
      line.add("step", step)
      line.add("path", checkpoint.directory)
      line.add("bytes", checkpoint.state.files.values.reduce(0) { $0 + $1.bytes })
      line.add("stall_seconds", stallSeconds)
      line.add("weights_sha256", checkpoint.state.weightsSHA256)
      do {
        try record(line)
      } catch {
        warn("\(error)")
      }
      say("checkpoint of step \(step): \(checkpoint.directory)")
    }
  }

  /// Records each rank's digest of its node sums.
  func digests(_ plan: StepPlan, threads: Int, digests: [String]) throws {
    var line = JSONLine(event: "digests")
    line.add("step", plan.step)
    line.add("threads", threads)
    line.add("borders", plan.assignment.map(\.lowerBound) + [plan.assignment.last?.upperBound ?? 0])
    line.add("node_sums_sha256", digests)
    try record(line)
  }

  /// Reports the end.
  func end(_ progress: TrainingProgress, reason: String, weightsDigest: String) throws {
    guard isAudible else { return }
    var line = JSONLine(event: "end")
    line.add("step", progress.step)
    line.add("reason", reason)
    line.add("weights_sha256", weightsDigest)
    try record(line)
    let best = progress.best.map {
      ", best accuracy \(Self.percent($0.value)) after step \($0.step)"
    }
    say("\(reason) after step \(progress.step)\(best ?? "")")
    say("weights sha256 \(weightsDigest)")
  }

  /// `value` with `digits` digits after the point.
  static func decimals(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  /// A share of 1 in per cent.
  static func percent(_ share: Double) -> String { decimals(100 * share, 2) + " %" }
}
