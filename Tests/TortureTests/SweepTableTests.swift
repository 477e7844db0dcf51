import Configuration
import Foundation
import Model
import Reporting
import TestSupport
import Testing

@testable import Torture

/// Tables of sweeps whose runs have left what real ones would take long to reach.
@Suite("Tables of sweeps")
struct SweepTableTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("[model]\ninput = \"text\"\n[data]\nformat = \"text\"\n", to: "text.toml")
  }

  private func sweep(_ names: [String]) throws -> Sweep {
    let variants = names.map { "[[variant]]\nname = \($0.toml)\n" }.joined()
    return try Sweep(
      file: folder.write("config = \"text.toml\"\n\(variants)", to: "sweep.toml"))
  }

  /// Leaves the metrics of a run that is finished with these losses, accuracies of averaged weights, and classes said.
  private func leave(
    _ run: Sweep.Run, losses: [Double], averaged: [Double] = [], classes: Int? = nil
  ) throws {
    var start = JSONLine(event: "start")
    // As a run writes it, with what it has decided.
    let configuration = run.configuration.resolved()
    start.add("products", configuration.train.products.rawValue)
    start.add("precision", configuration.train.precision.rawValue)
    start.add("configuration_digest", configuration.identityDigest)
    let evaluations = losses.enumerated().map { index, loss in
      var line = JSONLine(event: "evaluation")
      line.add("step", index + 1)
      line.add("loss", loss)
      line.add("accuracy", 0.5)
      if let classes { line.add("predicted_classes", classes) }
      if index < averaged.count {
        line.add("ema_loss", loss / 2)
        line.add("ema_accuracy", averaged[index])
      }
      return line
    }
    var end = JSONLine(event: "end")
    end.add("reason", "finished")
    end.add("weights_sha256", "00")
    let lines = ([start] + evaluations + [end]).map { $0.text + "\n" }
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/runs/\(run.directory)", withIntermediateDirectories: true)
    try folder.write(lines.joined(), to: "runs/\(run.directory)/metrics.jsonl")
  }

  /// The task of the sweeps of text.
  private var text: any TrainingTask {
    var configuration = TrainingConfiguration()
    configuration.model.input = .text
    return configuration.task
  }

  private func table(_ sweep: Sweep) throws -> SweepTable {
    try SweepTable(sweep, in: "\(folder.path)/runs")
  }

  @Test("An infinite perplexity is null in JSON and does not end the sweep")
  func perplexity() throws {
    let sweep = try sweep(["calm", "wild"])
    try leave(sweep.runs[0], losses: [3, 2])
    try leave(sweep.runs[1], losses: [1596, 1596])
    let table = try table(sweep)
    let data = try JSONText.encode(table)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let rows = try #require(object["rows"] as? [[String: Any]])
    #expect(rows.map { $0["perplexity"] is NSNull } == [false, true])
    #expect(rows[1]["loss"] as? Double == 1596)
    #expect(table.markdown.contains("| wild |") && table.markdown.contains("| inf |"))
    #expect(CurvePlot(table, of: .loss, task: text, title: "a").svg.contains("<polyline"))
  }

  @Test(
    "A run that ends with a loss that is not finite has diverged",
    arguments: [Double.nan, .infinity])
  func notFinite(loss: Double) throws {
    let sweep = try sweep(["wild"])
    try leave(sweep.runs[0], losses: [3, loss])
    let table = try table(sweep)
    #expect(table.rows[0].diverged == 1 && table.rows[0].runs == 0 && table.rows[0].loss == nil)
    #expect(table.runs[0].isOver)
  }

  @Test("Losses of any size can be plotted", arguments: [1e-300, 0, 1, 1e7, 1e9, 1e30, 1e300])
  func plot(loss: Double) throws {
    let sweep = try sweep(["one"])
    for losses in [[loss], [loss, loss], [loss, loss.nextUp], [0, loss], [-loss, loss]] {
      try leave(sweep.runs[0], losses: losses)
      let svg = try CurvePlot(table(sweep), of: .loss, task: text, title: "a").svg
      #expect(svg.hasSuffix("</svg>\n") && !svg.contains("nan") && !svg.contains("inf"), "\(svg)")
    }
  }

  @Test("A sweep of images shows the accuracy of averaged weights, its spread, and images")
  func images() throws {
    try folder.write("[data]\nformat = \"digits\"\n", to: "images.toml")
    let sweep = try Sweep(
      file: folder.write(
        "config = \"images.toml\"\nseeds = [0, 1]\n[[variant]]\nname = \"one\"\n", to: "sweep.toml")
    )
    try leave(sweep.runs[0], losses: [2, 1], averaged: [0.25, 0.75])
    try leave(sweep.runs[1], losses: [2, 1], averaged: [0.5, 0.875])
    let table = try table(sweep)
    let row = table.rows[0]
    #expect(row.emaAccuracy == 0.8125 && row.emaAccuracySpread == 0.0625)
    #expect(row.accuracySpread == 0)
    let columns = table.markdown.split(separator: "\n")[0].split(separator: "|")
      .map { $0.trimmingCharacters(in: .whitespaces) }
    #expect(
      columns == [
        "variant", "parameters", "runs", "loss", "±", "accuracy", "±", "accuracy, averaged weights",
        "±",
      ])
    #expect(table.markdown.hasSuffix("| 50.00 % | 0.00 % | 81.25 % | 6.25 % |"))
    let plot = CurvePlot(
      table, of: .accuracy, task: sweep.runs[0].configuration.task, title: "images")
    #expect(plot.curves.map { $0.points.map(\.y) } == [[25, 75], [50, 87.5]])
    #expect(
      plot.svg.contains("million images") && plot.svg.contains("accuracy, %, averaged weights"))
    #expect(!plot.svg.contains("tokens"))
  }

  /// A sweep of texts with two classes from three seeds, the second of which has failed.
  private func classifyTexts() throws -> Sweep {
    try folder.write(
      """
      [model]
      input = "text"
      num_classes = 2
      [task]
      kind = "classification"
      [data]
      format = "text"
      """, to: "classes.toml")
    let sweep = try Sweep(
      file: folder.write(
        "config = \"classes.toml\"\nseeds = [0, 1, 2]\n[[variant]]\nname = \"one\"\n",
        to: "sweep.toml"))
    for (run, (accuracy, classes)) in zip(sweep.runs, [(0.75, 2), (0.5, 1), (1.0, 2)]) {
      try leave(run, losses: [2, 1], classes: classes)
      try folder.write(
        """
        {"weights_sha256": "00", "accuracy": \(accuracy), "f1": \(accuracy), "matthews_correlation": 0.5}
        """, to: "runs/\(run.directory)/evaluation.json")
    }
    return sweep
  }

  @Test("Scores have median, mean, range and σ over seeds, and failed runs are counted apart")
  func scores() throws {
    let table = try table(classifyTexts())
    let row = table.rows[0]
    #expect(row.runs == 3 && row.failed == 1)
    #expect(table.metrics == [.accuracy, .f1, .matthews])
    let score = try #require(row.score(.f1))
    #expect(score.median == 0.75 && score.mean == 0.75)
    #expect(score.minimum == 0.5 && score.maximum == 1 && score.standardDeviation == 0.25)
    let text = table.markdown
    #expect(text.contains("| 3, 1 failed |"), "\(text)")
    #expect(
      text.contains("| one | F1 | 1 | 75.00 % | 75.00 % | 50.00 % | 100.00 % | 25.00 % |"),
      "\(text)")
    #expect(
      text.contains("| one | Matthews | 1 | 0.5000 | 0.5000 | 0.5000 | 0.5000 | 0.0000 |"),
      "\(text)")
    let svg = SeedPlot(table, of: .f1, title: "a & b").svg
    #expect(svg.components(separatedBy: "<circle").count == 4 && svg.contains("F1, %"))
    #expect(svg.components(separatedBy: "fill=\"white\" stroke").count == 2, "one run has failed")
    #expect(XMLReader.isWellFormed(svg), "\(svg)")
  }

  @Test("Scores of other weights do not count, and a file that has none is named")
  func otherScores() throws {
    let sweep = try classifyTexts()
    let path = "runs/\(sweep.runs[0].directory)/evaluation.json"
    try folder.write(#"{"weights_sha256": "11", "accuracy": 1}"#, to: path)
    let table = try table(sweep)
    #expect(table.runs.map { $0.scores == nil } == [true, false, false])
    #expect(zip(table.runs, sweep.runs).map { $0.lacksScores($1) } == [true, false, false])
    try folder.write("{", to: path)
    let error = #expect(throws: CommandError.self) { try self.table(sweep) }
    #expect(error?.exitCode == 65 && error?.description.contains(path) == true)
  }

  @Test("Of answers exact match and F1 count, in percent, and not the accuracy of windows")
  func answers() throws {
    try folder.write(
      """
      [model]
      input = "text"
      [task]
      kind = "spans"
      [data]
      format = "text"
      """, to: "spans.toml")
    let sweep = try Sweep(
      file: folder.write(
        "config = \"spans.toml\"\n[[variant]]\nname = \"one\"\n", to: "sweep.toml"))
    let run = sweep.runs[0]
    try leave(run, losses: [2])
    #expect(try self.table(sweep).runs[0].lacksScores(run))
    try folder.write(
      #"{"weights_sha256": "00", "accuracy": 0.9, "answers": {"exact_match": 12.5, "f1": 25}}"#,
      to: "runs/\(run.directory)/evaluation.json")
    let table = try table(sweep)
    #expect(table.runs[0].scores == ["f1": 0.25, "exact_match": 0.125])
    #expect(
      table.markdown.hasSuffix(
        "| one | EM |  | 12.50 % | 12.50 % | 12.50 % | 12.50 % |  |"))
  }

  @Test("Of masked language models and images no scores are missing")
  func noScores() throws {
    let sweep = try sweep(["one"])
    try leave(sweep.runs[0], losses: [3])
    let table = try table(sweep)
    #expect(!table.runs[0].lacksScores(sweep.runs[0]) && table.metrics.isEmpty)
    #expect(table.rows[0].failed == nil && table.markdown.split(separator: "\n").count == 3)
  }

  @Test("Weights are those of the variant, of the command, or of the sweep; empty ones are none")
  func weights() throws {
    let file = try folder.write(
      """
      config = "text.toml"
      weights = "../mlm"
      [[variant]]
      name = "a"
      [[variant]]
      name = "b"
      weights = ""
      [[variant]]
      name = "c"
      weights = "/w.safetensors"
      """, to: "sweep.toml")
    let runs = try Sweep(file: file).runs
    #expect(runs[0].weights?.hasPrefix(folder.path) == true)
    #expect(runs[0].weights?.hasSuffix("/../mlm") == true)
    #expect(runs.dropFirst().map(\.weights) == [nil, "/w.safetensors"])
    let others = try Sweep(file: file, weights: "runs/x").runs
    #expect(others.map(\.weights) == ["runs/x", nil, "/w.safetensors"])
  }

  @Test("A name stays in its cell and in its row, and the plot is XML")
  func names() throws {
    let name = "a|b <x> & \"q\" \\ `c` \n d \u{1} größe 日本 😀"
    let sweep = try sweep([name])
    try leave(sweep.runs[0], losses: [3])
    let table = try table(sweep)
    let lines = table.markdown.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 3)
    let borders = lines.map { $0.replacing("\\|", with: "").count { $0 == "|" } }
    #expect(borders == [7, 7, 7], "\(table.markdown)")
    #expect(
      lines[2].hasPrefix("| a\\|b \\<x> & \"q\" \\\\ \\`c\\`   d   größe 日本 😀 |"), "\(lines[2])")
    let svg = CurvePlot(table, of: .loss, task: text, title: name).svg
    #expect(XMLReader.isWellFormed(svg), "\(svg)")
  }
}

/// As much of XML as tells whether a text of elements is whole.
private enum XMLReader {
  static func isWellFormed(_ text: String) -> Bool {
    let isClean = text.unicodeScalars.allSatisfy {
      $0 == "\n" || $0.properties.generalCategory != .control
    }
    let bare = text.replacing(/&(amp|lt|gt|quot|#39);/, with: "")
    let tags = bare.matches(of: /<[^<>]*>/).map(\.output)
    let rest = bare.replacing(/<[^<>]*>/, with: "")
    return isClean && !bare.contains("&") && !rest.contains { "<>".contains($0) }
      && tags.count { $0.hasPrefix("</") }
        == tags.count { !$0.hasPrefix("</") && !$0.hasSuffix("/>") }
  }
}
