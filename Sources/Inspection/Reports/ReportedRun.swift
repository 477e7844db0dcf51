import Checkpoints
import Comm
import Configuration
import Datasets
import Foundation
import Mathematics
import Model
import Platform

/// A run with what a report says of it.
struct ReportedRun {
  /// The name in headings and legends.
  let name: String
  let record: RunRecord
  /// The best weights; nil without a checkpoint.
  let trained: TrainedModel?
  /// Their evaluation, if one was asked for.
  let evaluation: EvaluationRun?

  /// Reads the run in `directory`.
  ///
  /// - Parameters:
  ///   - directory: a run directory.
  ///   - communication: a world of one to evaluate on; nil for no evaluation.
  ///   - threads: worker threads of the evaluation.
  ///   - warning: receives a line for each damaged checkpoint.
  /// - Throws: ``CommandError``, `ConfigurationError`, `CheckpointError`, or what an evaluation throws.
  init(
    _ directory: String, evaluatingOn communication: CommunicationThread?, threads: Int,
    warning: (String) -> Void
  ) throws {
    name = directory
    record = try RunRecord(directory, warning: warning)
    let store = CheckpointStore(directory: "\(directory)/checkpoints")
    if communication == nil, try store.newestValid(reporting: { _ in }) == nil {
      (trained, evaluation) = (nil, nil)
      return
    }
    let assignments = communication == nil ? [] : ["train.threads=\(threads)"]
    let model = try TrainedModel(
      .run(directory), averaged: false, assignments: assignments, warning: warning)
    trained = model
    evaluation = try communication.map {
      try EvaluationRun(
        model, on: .test, $0,
        keepsPredictions: model.configuration.model.tokenGrid != nil)
    }
  }

  /// How it ended: `finished`, `stopped`, `diverged`, or `not ended`.
  var verdict: String {
    if let reason = record.end?.reason { return reason }
    let last = record.incidents.last
    let isLast = last?.step ?? 0 >= record.lastStep
    return last?.event == "diverged" && isLast ? "diverged" : "not ended"
  }

  /// The best evaluation that the newest checkpoint knows.
  var best: CheckpointState.Best? {
    let best = record.checkpoints.last?.best
    return best?[.weights] ?? best?[.averaged]
  }

  /// The digest of the last weights.
  var weightsDigest: String? {
    record.end?.weightsSha256 ?? record.checkpoints.last?.weightsSHA256
  }

  /// The steps after which a start resumed.
  var resumes: [Double] { record.starts.compactMap(\.resumedFrom).map(Double.init) }

  /// Where the time went, each with its seconds.
  var times: [(name: String, seconds: Double)] {
    let seconds = record.steps.compactMap(\.stepSeconds)
    let median = seconds.isEmpty ? 0 : seconds.median
    let stalls = record.saves.sorted { $0.key < $1.key }.compactMap(\.value.stallSeconds)
    return [
      ("steps at the median speed", median * Double(seconds.count)),
      ("steps that took longer, beyond that", seconds.reduce(0) { $0 + max(0, $1 - median) }),
      ("evaluations", record.evaluations.compactMap(\.evaluationSeconds).reduce(0, +)),
      ("waits for checkpoints", stalls.reduce(0, +)),
    ]
  }

  /// The median speed in samples a second; nil before the first step.
  var speed: Double? {
    let speeds = record.steps.compactMap(\.samplesPerSecond)
    return speeds.isEmpty ? nil : speeds.median
  }

  /// A curve over the steps of `lines`; values that are not finite are null there, and nil here.
  func curve(
    _ name: String, _ lines: [MetricsLine], _ value: (MetricsLine) -> Double?
  ) -> ReportPlot.Curve {
    ReportPlot.Curve(
      name, lines.compactMap { line in line.step.map { (x: Double($0), y: value(line)) } })
  }
}
