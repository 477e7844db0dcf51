import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("report", .timeLimit(.minutes(60)))
struct ReportTests {
  /// A page, as far as a test looks into it.
  private struct Page {
    let text: String

    /// The tags in their order.
    var tags: [String] { text.matches(of: /<[^<>]*>/).map { String($0.output) } }

    /// What keeps it from being well-formed XML: a tag that is not closed in its place, or a bare character.
    var fault: String? {
      let rest = text.replacing(/<[^<>]*>/, with: "")
        .replacing(/&(amp|lt|gt|quot|#39);/, with: "")
      if rest.contains(/[<>&]/) { return "a character is not escaped" }
      var open: [Substring] = []
      for tag in tags where !tag.hasPrefix("<!") && !tag.hasSuffix("/>") {
        let name = tag.drop { "</".contains($0) }.prefix { !" >\n".contains($0) }
        if !tag.hasPrefix("</") {
          open.append(name)
        } else if open.popLast() != name {
          return "\(tag) closes nothing"
        }
      }
      return open.isEmpty ? nil : "\(open) are open"
    }

    /// The value of an attribute of a tag.
    static func value(_ name: String, of tag: String) -> String? {
      let parts = tag.components(separatedBy: " \(name)=\"")
      return parts.count == 2 ? parts[1].components(separatedBy: "\"").first : nil
    }

    /// Checks what every page has to keep.
    func expectSound() throws {
      #expect(fault == nil)
      #expect(tags.contains("<html lang=\"en\">"))
      // Nothing is fetched, and nothing runs.
      for word in ["://", "<script", "<link", "<iframe", "url(", "@import", " href="] {
        #expect(!tags.contains { $0.contains(word) }, "\(word)")
      }
      #expect(!tags.contains { $0.contains(/\son[a-z]+=/) })
      #expect(!text.contains("://") && !text.contains("url(") && !text.contains("@import"))
      for word in ["prefers-color-scheme: dark", "@media print", "default-src 'none'"] {
        #expect(text.contains(word), "\(word)")
      }
      let ids = tags.compactMap { Self.value("id", of: $0) }
      #expect(Set(ids).count == ids.count, "\(ids)")
      for tag in tags where tag.hasPrefix("<img") {
        #expect(Self.value("alt", of: tag)?.isEmpty == false)
        #expect(Self.value("src", of: tag)?.hasPrefix("data:image/png;base64,") == true)
      }
      for tag in tags where tag.hasPrefix("<svg") {
        #expect(Self.value("role", of: tag) == "img")
        let labels = try #require(Self.value("aria-labelledby", of: tag)).split(separator: " ")
        #expect(labels.count == 2 && labels.allSatisfy { ids.contains(String($0)) }, "\(tag)")
      }
      // Headings are in order: none is more than one deeper than the one before it.
      let levels = text.matches(of: /<h([1-6])>/).compactMap { Int($0.1) }
      #expect(levels.first == 1 && zip(levels, levels.dropFirst()).allSatisfy { $1 <= $0 + 1 })
    }
  }

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func page(_ file: String) throws -> Page { Page(text: try folder.text(of: file)) }

  @Test("A page of a run is whole, needs nothing else, and has all its parts")
  func one() async throws {
    try await CheckpointsCommandTests.run(folder, "run", "--set", "train.evaluate_every=2")
    let run = try await command("report", "run", "--evaluate", in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardOutput.contains("run: finished after step 6"), "\(run)")
    let page = try page("run/report.html")
    try page.expectSound()
    for heading in [
      "Curves", "Run run", "Speed", "Ranks", "Checkpoints", "Faults", "Environment", "Classes",
      "Sample predictions", "Learned weights", "Configuration",
    ] {
      #expect(page.text.contains(">\(heading)</h"), "\(heading)")
    }
    for words in [
      "Loss of training steps", "Learning rate", "Norm of the gradient", "Accuracy on the test set",
      "Confusion matrix of 10 classes", "The worst classes", "accuracy by confidence",
      "The first filters of",
      "mlp_channels.gate.proj.weight, 4 × 4", "train.evaluate_every",
    ] {
      #expect(page.text.contains(words), "\(words)")
    }
    #expect(page.text.components(separatedBy: "<img ").count > 13)
    // The same files give the same bytes.
    let again = try await command(
      "report", "run", "--evaluate", "-o", "again.html", in: folder.path)
    #expect(again.exitCode == 0, "\(again)")
    #expect(try folder.text(of: "again.html") == page.text)
  }

  /// What `report_page.py` prints.
  private struct Shown: Decodable {
    struct Picture: Decodable {
      let corner: [Int]
      let colours: Int
    }

    let console: [String]
    let pictures: [String: Picture]
    let pdf: String
  }

  @Test(
    "Chromium shows it in the light and in the dark, on a phone and in print, without an error",
    .enabled(
      if: Ecosystem.hasChromium && Ecosystem.has("PIL"),
      "Chromium (apt-get install chromium) or Pillow is \(Ecosystem.advice)"))
  func shown() async throws {
    try await CheckpointsCommandTests.run(folder, "run", "--set", "train.evaluate_every=2")
    let run = try await command("report", "run", "--evaluate", in: folder.path)
    try #require(run.exitCode == 0, "\(run)")
    let opened = try await Ecosystem.run(
      "report_page.py", "\(folder.path)/run/report.html", Ecosystem.pictures ?? folder.path)
    try #require(opened.exitCode == 0, "\(opened)")
    let shown = try JSONDecoder().decode(Shown.self, from: Data(opened.standardOutput.utf8))
    #expect(shown.console.isEmpty && shown.pdf == "%PDF-")
    #expect(shown.pictures.count == 4)
    for (name, picture) in shown.pictures {
      // The colours of the paper in the page's style.
      let paper = name.hasPrefix("dark") ? [0x14, 0x16, 0x1a] : [255, 255, 255]
      #expect(picture.corner == paper && picture.colours > 50, "\(name): \(picture)")
    }
  }

  @Test("Several runs are on one page, and names from outside stay text")
  func several() async throws {
    let name = "a<b>&\"c'"
    try await CheckpointsCommandTests.run(folder, name)
    try await CheckpointsCommandTests.run(folder, "other", "--set", "seed=1")
    let run = try await command(
      "report", name, "other", "--output", "both.html", in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let page = try page("both.html")
    try page.expectSound()
    #expect(page.text.contains("a&lt;b&gt;&amp;&quot;c&#39;: training"))
    #expect(page.text.contains(">other: training</text>"))
    #expect(page.text.contains("class=\"bold c1\" stroke-dasharray=\"7 3\""))
  }

  @Test("A loss that was not finite breaks the curve, and the fault is listed")
  func faulty() async throws {
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let trained = try await MPIRun(
      executable: "gmlp-train", arguments: ["--config", "digits.toml", "--run-dir", "run"],
      ranks: nil, environment: ["GMLP_TRAIN_FAULT": "0:backward:3:nan"], directory: folder.path)
    try #require(trained.exitCode == 0, "\(trained)")
    let run = try await command("report", "run", in: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let page = try page("run/report.html")
    try page.expectSound()
    #expect(page.text.contains("Faults met") && page.text.contains("<td>skipped</td>"))
    #expect(page.text.contains(">×</text>"))
    let shapes = page.tags.filter { $0.hasPrefix("<polyline") || $0.hasPrefix("<line") }
    #expect(!shapes.isEmpty && !shapes.contains { $0.contains("nan") || $0.contains("inf") })
  }

  @Test("What is no run ends with 65, a place that takes no file with 74")
  func refused() async throws {
    let missing = try await command("report", "nothing", in: folder.path)
    #expect(missing.failed(65, "nothing: no such folder", "name a run directory"), "\(missing)")
    try await CheckpointsCommandTests.run(folder, "run")
    let place = try await command("report", "run", "-o", "no/page.html", in: folder.path)
    #expect(place.failed(74, "no/page.html", "there is no folder"), "\(place)")
  }
}
