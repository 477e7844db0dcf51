import Checkpoints
import Comm
import Configuration
import Datasets
import Foundation
import Mathematics
import Model
import Platform
import Reporting

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
    if let reason = record.end?.texts["reason"] { return reason }
    let last = record.incidents.last
    let isLast = last?.step ?? 0 >= record.lastStep
    return last?.name == "diverged" && isLast ? "diverged" : "not ended"
  }

  /// The best evaluation that the newest checkpoint knows.
  var best: CheckpointState.Best? {
    let best = record.checkpoints.last?.best
    return best?[.weights] ?? best?[.averaged]
  }

  /// The digest of the last weights.
  var weightsDigest: String? {
    record.end?.texts["weights_sha256"] ?? record.checkpoints.last?.weightsSHA256
  }

  /// The steps after which a start resumed.
  var resumes: [Double] {
    record.starts.compactMap { $0.integer("resumed_from") }.map { Double($0) }
  }

  /// Where the time went, each with its seconds.
  var times: [(name: String, seconds: Double)] {
    let seconds = record.steps.compactMap { $0.numbers["step_seconds"] }
    let median = seconds.isEmpty ? 0 : seconds.median
    let evaluations = record.evaluations.compactMap { $0.numbers["evaluation_seconds"] }
    // It is null where nobody knew any more.
    let stalls = record.saves.sorted { $0.key < $1.key }
      .compactMap { $0.value.numbers["stall_seconds"] }.filter(\.isFinite)
    return [
      ("steps at the median speed", median * Double(seconds.count)),
      ("steps that took longer, beyond that", seconds.reduce(0) { $0 + max(0, $1 - median) }),
      ("evaluations", evaluations.reduce(0, +)),
      ("waits for checkpoints", stalls.reduce(0, +)),
    ]
  }

  /// The median speed in samples a second; nil before the first step.
  var speed: Double? {
    let speeds = record.steps.compactMap { $0.numbers["samples_per_second"] }
    return speeds.isEmpty ? nil : speeds.median
  }

  /// A curve over the steps of `events`: a field of theirs times `factor`.
  func curve(
    _ name: String, _ events: [RecordedEvent], _ field: String, times factor: Double
  ) -> ReportPlot.Curve {
    ReportPlot.Curve(
      name,
      events.compactMap { event -> (x: Double, y: Double?)? in
        guard let step = event.step else { return nil }
        return (x: Double(step), y: event.numbers[field].map { factor * $0 })
      })
  }
}
