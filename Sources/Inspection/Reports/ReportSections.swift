import Checkpoints
import Configuration
import Files
import Foundation
import Imaging
import Reporting
import Scoring

/// What a report says of one run alone.
struct ReportSections {
  /// The sections as HTML.
  let text: String

  /// The most rows that a table shows.
  private static let maximumRows = 100

  /// The sections of `run`, which is number `number` of the page.
  ///
  /// - Throws: `DatasetError` if a picture cannot be made, `ConfigurationError` if data cannot be opened.
  init(_ run: ReportedRun, number: Int) throws {
    let parts = [
      HTML.heading(2, "Run \(printable(run.name))"), Self.speed(of: run), Self.workers(of: run),
      Self.checkpoints(of: run), Self.incidents(of: run), Self.environment(of: run),
      try Self.classes(of: run), Self.reliability(of: run, number: number),
      try Self.samples(of: run), try Self.weights(of: run, number: number),
      Self.settings(of: run),
    ]
    text = parts.joined()
  }

  /// Nothing where a time is not known.
  private static func seconds(_ value: Double?) -> String {
    value.map { $0.isFinite ? decimals($0, 3) : "" } ?? ""
  }

  private static func speed(of run: ReportedRun) -> String {
    let times = run.times
    let total = times.reduce(0) { $0 + $1.seconds }
    return HTML.heading(3, "Speed")
      + HTML.grid(
        "Where the time went", ["what", "seconds", "share"],
        times.map { time in
          [time.name, seconds(time.seconds), percent(total > 0 ? time.seconds / total : 0)]
        })
  }

  private static func workers(of run: ReportedRun) -> String {
    let starts = run.record.starts.map { start in
      [
        start.texts["time"] ?? "", "\(start.integer("ranks") ?? 0)",
        "\(start.integer("threads") ?? 0)", start.lists["hosts"]?.joined(separator: " ") ?? "",
        start.integer("resumed_from").map { "\($0)" } ?? "the beginning",
      ]
    }
    let stragglers = run.record.incidents.filter { $0.name == "straggler" }
    let slow = stragglers.prefix(maximumRows).map { event -> [String] in
      [
        "\(event.step ?? 0)", "\(event.integer("rank") ?? 0)",
        event.numbers["speed"].map(percent) ?? "", seconds(event.numbers["cost_seconds"]),
      ]
    }
    return HTML.heading(3, "Ranks")
      + HTML.grid("Starts", ["time", "ranks", "threads", "hosts", "from step"], starts)
      + (slow.isEmpty
        ? HTML.paragraph("No rank was slow.")
        : HTML.grid("Slow ranks", ["step", "rank", "speed", "seconds a step"], slow))
  }

  private static func checkpoints(of run: ReportedRun) -> String {
    let there = Set(run.record.checkpoints.map(\.step))
    let saves = run.record.saves.sorted { $0.key < $1.key }.suffix(maximumRows)
    let rows = saves.map { step, event -> [String] in
      [
        "\(step)", event.numbers["bytes"].map { "\(decimals($0 / 1e6, 1)) MB" } ?? "",
        seconds(event.numbers["stall_seconds"]), there.contains(step) ? "kept" : "removed",
        event.texts["weights_sha256"] ?? "",
      ]
    }
    return HTML.heading(3, "Checkpoints")
      + HTML.grid(
        "Checkpoints", ["step", "size", "wait, s", "now", "weights SHA-256"], rows)
  }

  private static func incidents(of run: ReportedRun) -> String {
    let faults = run.record.incidents.filter { $0.name != "straggler" }.prefix(maximumRows)
    let rows = faults.map { event -> [String] in
      let repair = event.integer("repaired").map { $0 == 1 ? "repaired" : "not repaired" }
      let words = [event.texts["reason"], event.texts["quantity"], repair].compactMap { $0 }
        .joined(separator: ", ")
      return ["\(event.step ?? 0)", event.name.replacing("_", with: " "), words]
    }
    return HTML.heading(3, "Faults")
      + (rows.isEmpty
        ? HTML.paragraph("None was recorded.")
        : HTML.grid("Faults met", ["step", "event", "what"], rows))
  }

  private static func environment(of run: ReportedRun) -> String {
    let start = run.record.starts.last
    let state = run.record.checkpoints.last
    let fields = [
      ("processor", "processor"), ("kernels of OpenBLAS", "cpu"), ("libraries", "blas"),
      ("products", "products"), ("precision", "precision"), ("C library", "libc"),
      ("settings of the libraries", "library_settings"),
      ("libraries of pictures", "picture_libraries"), ("program", "build"),
      ("configuration digest", "configuration_digest"),
      ("training data digest", "dataset_digest"),
    ]
    let recorded: [(String, String?)] = fields.map { ($0.0, start?.texts[$0.1]) }
    let others: [(String, String?)] = [
      ("test data digest", state?.testDatasetDigest),
      ("last weights SHA-256", run.weightsDigest),
      (
        "command",
        "gmlp-train --config \(run.record.directory)/config.toml --run-dir \(run.record.directory)"
      ),
    ]
    return HTML.heading(3, "Environment")
      + HTML.grid(
        "Of the last start", ["what", "value"],
        (recorded + others).compactMap { name, value in value.map { [name, $0] } })
  }

  /// Scores, confusion matrix and worst classes, if the test set was evaluated.
  private static func classes(of run: ReportedRun) throws -> String {
    guard let evaluation = run.evaluation else {
      return HTML.heading(3, "Classes")
        + HTML.paragraph("The test set was not evaluated for this page; report --evaluate does.")
    }
    let result = evaluation.result
    var text = HTML.heading(3, "Classes")
    let margin =
      1.96
      * (result.accuracy * (1 - result.accuracy) / Double(result.samples))
      .squareRoot()
    let scores: [(String, String?)] = [
      ("weights", result.weights), ("loss, nats", decimals(result.loss, 4)),
      ("accuracy", "\(percent(result.accuracy)) ± \(percent(margin))"),
      ("accuracy, five guesses", result.accuracyTop5.map(percent)),
      ("mean accuracy of the classes", result.macroAccuracy.map(percent)),
      ("expected calibration error", result.calibrationError.map(percent)),
      ("mean confidence", result.meanConfidence.map(percent)), ("samples", "\(result.samples)"),
    ]
    text += HTML.grid(
      "Scores on the test set", ["score", "value"],
      scores.compactMap { name, value in value.map { [name, $0] } })
    guard let classes = result.classes, let confusion = evaluation.confusion else { return text }
    text += HTML.grid(
      "The worst classes", ["class", "samples", "accuracy", "mostly taken for", "times"],
      ClassResult.worst(10, of: classes).map { row in
        let other = row.mistakenFor.map { classes[$0].title } ?? ""
        return [
          row.title, "\(row.samples)", row.accuracy.map(percent) ?? "", other,
          row.mistakenCount.map { "\($0)" } ?? "",
        ]
      })
    if classes.count > 256 { return text }
    let image = ConfusionPicture(confusion).image
    let words =
      "Confusion matrix of \(classes.count) classes: rows are the true classes, columns the predicted "
      + "ones; accuracy \(percent(result.accuracy))."
    text += HTML.figure(try HTML.picture(image, words, width: min(image.columns, 760)), words)
    return text
  }

  /// How often the model was right, by how sure it was.
  private static func reliability(of run: ReportedRun, number: Int) -> String {
    guard let points = run.evaluation?.calibration?.reliability, !points.isEmpty else { return "" }
    let plot = ReportPlot(
      id: "reliability-\(number)", title: "Reliability: accuracy by confidence",
      acrossLabel: "mean confidence of a bin",
      curves: [
        ReportPlot.Curve("model", points.map { (x: $0.confidence, y: $0.accuracy) }),
        ReportPlot.Curve("as sure as right", [(x: 0, y: 0), (x: 1, y: 1)]),
      ])
    return plot.figure ?? ""
  }

  private static func samples(of run: ReportedRun) throws -> String {
    guard let evaluation = run.evaluation, let trained = run.trained,
      let samples = try SamplePictures(trained.configuration, evaluation.logits)
    else { return "" }
    let classes = evaluation.result.classes ?? []
    func title(_ label: Int) -> String {
      classes.indices.contains(label) ? classes[label].title : "\(label)"
    }
    func figures(_ list: [SamplePictures.Sample]) throws -> String {
      try list.map { sample in
        let words =
          "Sample \(sample.number): \(title(sample.label)), predicted \(title(sample.predicted)) with "
          + percent(sample.probability)
        let figure = HTML.figure(try HTML.picture(sample.picture, words, width: 112), words)
        return figure.replacing("<figure>", with: "<figure class=\"small\">")
      }.joined()
    }
    let errors = try figures(samples.errors)
    let none = "There is none among the surest \(SamplePictures.maximumGuesses) guesses."
    let first = try figures(samples.first)
    return HTML.heading(3, "Sample predictions") + HTML.heading(4, "The most confident errors")
      + (errors.isEmpty ? HTML.paragraph(none) : errors)
      + HTML.heading(4, "The first samples") + first
  }

  /// Filters of the stem and spatial matrices.
  private static func weights(of run: ReportedRun, number: Int) throws -> String {
    guard let trained = run.trained else { return "" }
    let learned = LearnedPictures(trained)
    var text = HTML.heading(3, "Learned weights")
    text += HTML.paragraph(
      "Of \(trained.kind.words)\(trained.step.map { " after step \($0)" } ?? "").")
    if let filters = learned.filters {
      let words =
        "The first filters of \(filters.tensor), grey is 0, black and white are "
        + "±\(decimals(Double(learned.filterScale), 4))."
      text += HTML.figure(
        try HTML.picture(filters.image, words, width: min(2 * filters.image.columns, 640)), words)
    }
    if !learned.matrices.isEmpty {
      text += HTML.paragraph(
        "Spatial matrices: rows are the tokens that are made, columns those that they are made of; white "
          + "is 0, blue and red are ±\(decimals(Double(learned.matrixScale), 4)).")
    }
    for matrix in learned.matrices {
      let words = "\(matrix.tensor), \(matrix.image.rows) × \(matrix.image.columns)"
      let figure = HTML.figure(try HTML.picture(matrix.image, words, width: 176), words)
      text += figure.replacing("<figure>", with: "<figure class=\"small\">")
    }
    let curves = learned.distances.map { tensor, weights in
      let middle = weights.count / 2
      return ReportPlot.Curve(
        tensor, weights.enumerated().map { (x: Double($0 - middle), y: Double($1)) })
    }
    let plot = ReportPlot(
      id: "distances-\(number)", title: "Toeplitz weights",
      acrossLabel: "place in the tensor, from its middle", curves: curves)
    let norms = learned.norms.map { tensor in
      [
        tensor.tensor, tensor.shape.map { "\($0)" }.joined(separator: " × "),
        decimals(tensor.norm, 4), decimals(Double(tensor.largest), 4),
      ]
    }
    let head = ["tensor", "shape", "norm", "largest absolute value"]
    return text + (plot.figure ?? "")
      + HTML.folded("Norms of the tensors", HTML.grid("Norms of the tensors", head, norms))
  }

  private static func settings(of run: ReportedRun) -> String {
    let (configuration, usual) = (run.record.configuration, TrainingConfiguration())
    let changed = TrainingConfiguration.settings.filter {
      $0.value(in: configuration) != $0.value(in: usual)
    }
    func rows(_ settings: [Setting]) -> [[String]] {
      settings.map { [$0.key, $0.value(in: configuration), $0.value(in: usual)] }
    }
    let head = ["key", "value", "default"]
    return HTML.heading(3, "Configuration")
      + HTML.grid("Keys that are not the default", head, rows(changed))
      + HTML.folded("All keys", HTML.grid("All keys", head, rows(TrainingConfiguration.settings)))
  }
}
