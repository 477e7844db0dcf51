import Checkpoints
public import Comm
import Configuration
import Files
import Reporting
import Scoring

/// A page about one run, or about several beside each other.
///
/// The same files give the same bytes.
public struct RunReport: Sendable {
  /// What the page says of a run first.
  public struct Run: Sendable, Encodable {
    /// The run directory.
    public let directory: String
    /// `finished`, `stopped`, `diverged` or `not ended`.
    public let verdict: String
    /// The last step.
    public let steps: Int
    /// What the best evaluation measured; nil before the first.
    public let bestMetric: String?
    /// Its value.
    public let bestValue: Double?
    /// The step after which it was.
    public let bestStep: Int?
    /// The median speed.
    public let samplesPerSecond: Double?
    /// The digest of the last weights.
    public let weightsSha256: String?
    /// Whether the test set was evaluated for the page.
    public let isEvaluated: Bool
  }

  /// The page: HTML in UTF-8 that needs no other file, no network and no script.
  public let html: String
  /// The runs in their order.
  public let runs: [Run]

  /// Makes the page.
  ///
  /// - Parameters:
  ///   - directories: one or more run directories.
  ///   - communication: a world of one to evaluate the best weights on; nil for no evaluation.
  ///   - threads: worker threads of the evaluation.
  ///   - warning: receives a line for each damaged checkpoint.
  /// - Throws: ``CommandError``, `ConfigurationError`, `CheckpointError`, `DatasetError`, or what an
  ///   evaluation throws.
  public init(
    _ directories: [String], evaluatingOn communication: CommunicationThread?, threads: Int,
    warning: (String) -> Void
  ) throws {
    precondition(!directories.isEmpty, "a report about no run")
    let reported = try directories.map {
      try ReportedRun($0, evaluatingOn: communication, threads: threads, warning: warning)
    }
    runs = reported.map { run in
      Run(
        directory: run.record.directory, verdict: run.verdict, steps: run.record.lastStep,
        bestMetric: run.best?.metric, bestValue: run.best?.value, bestStep: run.best?.step,
        samplesPerSecond: run.speed, weightsSha256: run.weightsDigest,
        isEvaluated: run.evaluation != nil)
    }
    let title = "Report: " + directories.map { printable($0) }.joined(separator: ", ")
    var content = HTML.heading(1, title) + Self.results(runs)
    content += HTML.heading(2, "Curves") + Self.curves(of: reported)
    for (number, run) in reported.enumerated() {
      content += try ReportSections(run, number: number).text
    }
    html = HTML.page(title: title, content)
  }

  private static func results(_ runs: [Run]) -> String {
    HTML.grid(
      "Result",
      ["run", "verdict", "steps", "best", "after step", "samples/s, median", "weights SHA-256"],
      runs.map { run in
        let best = run.bestValue.map { value in
          let metric = run.bestMetric ?? ""
          return metric == "accuracy"
            ? "accuracy \(percent(value))" : "\(metric) \(decimals(value, 4))"
        }
        return [
          run.directory, run.verdict, "\(run.steps)", best ?? "none",
          run.bestStep.map { "\($0)" } ?? "",
          run.samplesPerSecond.map { decimals($0, 1) } ?? "", run.weightsSha256 ?? "",
        ]
      })
  }

  private static func curves(of runs: [ReportedRun]) -> String {
    let isAlone = runs.count == 1
    func curves(
      _ words: String, _ events: (RunRecord) -> [RecordedEvent], _ field: String,
      times factor: Double = 1
    ) -> [ReportPlot.Curve] {
      runs.map { run in
        run.curve(
          isAlone ? words : "\(run.name): \(words)", events(run.record), field, times: factor)
      }
    }
    let evaluations: (RunRecord) -> [RecordedEvent] = { $0.evaluations }
    let steps: (RunRecord) -> [RecordedEvent] = { $0.steps }
    let marks = isAlone ? runs[0].resumes : []
    let clip = runs[0].record.configuration.optimizer.gradClip
    let averaged = curves("averaged weights", evaluations, "ema_accuracy", times: 100)
    let plots = [
      ReportPlot(
        id: "training-loss", title: "Loss of training steps, nats",
        curves: curves("training", steps, "loss"), marks: marks, isSmoothed: true),
      ReportPlot(
        id: "test-loss", title: "Loss on the test set, nats",
        curves: curves("test set", evaluations, "loss"), marks: marks),
      ReportPlot(
        id: "accuracy", title: "Accuracy on the test set, %",
        curves: curves("weights", evaluations, "accuracy", times: 100) + averaged,
        marks: marks),
      ReportPlot(
        id: "learning-rate", title: "Learning rate",
        curves: curves("learning rate", steps, "learning_rate"), marks: marks),
      ReportPlot(
        id: "gradient-norm", title: "Norm of the gradient before clipping",
        curves: curves("norm", steps, "grad_norm"), marks: marks,
        limit: isAlone && clip > 0 ? clip : nil, limitName: "optimizer.grad_clip =",
        isSmoothed: true),
      ReportPlot(
        id: "speed", title: "Speed, samples/s",
        curves: curves("speed", steps, "samples_per_second"), marks: marks, isSmoothed: true),
    ]
    let figures = plots.compactMap(\.figure)
    return figures.isEmpty ? HTML.paragraph("No step was recorded.") : figures.joined()
  }
}
