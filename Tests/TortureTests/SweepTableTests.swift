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

  /// Leaves the metrics of a run that is finished with these losses, and accuracies of averaged weights.
  private func leave(_ run: Sweep.Run, losses: [Double], averaged: [Double] = []) throws {
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
    let bare = text.replacing(/&(amp|lt|gt);/, with: "")
    let tags = bare.matches(of: /<[^<>]*>/).map(\.output)
    let rest = bare.replacing(/<[^<>]*>/, with: "")
    return isClean && !bare.contains("&") && !rest.contains { "<>".contains($0) }
      && tags.count { $0.hasPrefix("</") }
        == tags.count { !$0.hasPrefix("</") && !$0.hasSuffix("/>") }
  }
}
