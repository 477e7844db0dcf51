import Foundation
import Testing

@testable import Inspection

@Suite("Plots of a report")
struct ReportPlotTests {
  private func plot(_ values: [Double?], isSmoothed: Bool = false) -> ReportPlot {
    let points = values.enumerated().map { (x: Double($0 + 1), y: $1) }
    return ReportPlot(
      id: "plot", title: "A < B", curves: [ReportPlot.Curve("run", points)], isSmoothed: isSmoothed)
  }

  @Test("Of many points few are drawn, and a single spike is among them")
  func spike() throws {
    var values = [Double?](repeating: 1, count: 100_000)
    values[70_001] = 9
    let figure = try #require(plot(values).figure)
    let line = try #require(figure.split(separator: "\n").first { $0.hasPrefix("<polyline") })
    #expect(line.split(separator: " ").count < 900)
    // The highest place of the axis from 0 or 1 to 9 or 10 is far above that of all others.
    let heights = line.matches(of: /,([0-9.]+)/).compactMap { Double($0.1) }
    let highest = try #require(heights.min())
    #expect(heights.count { $0 < highest + 100 } == 1, "\(highest)")
    #expect(figure.contains("lowest 1 at 1.") && figure.contains("<td>9 at 70002</td>"))
  }

  @Test("What is not finite breaks the curve, is marked and counted")
  func gap() throws {
    let figure = try #require(plot([3, 2, nil, 1, 0.5]).figure)
    #expect(figure.components(separatedBy: "<polyline").count == 3, "\(figure)")
    #expect(figure.components(separatedBy: ">×</text>").count == 2)
    #expect(figure.contains("<td>1</td></tr>"))
    #expect(plot([nil, Double.nan]).figure == nil)
  }

  @Test("A smoothed curve is drawn thin, with its means in bold, and its title is escaped")
  func smoothed() throws {
    let figure = try #require(plot((0..<200).map { Double($0 % 2) }, isSmoothed: true).figure)
    #expect(figure.contains("<polyline fill=\"none\" class=\"thin c0\""))
    #expect(figure.contains("<polyline fill=\"none\" class=\"bold c0\""))
    #expect(figure.contains(">A &lt; B</title>") && !figure.contains("A < B"))
  }

  @Test(
    "The layer of a tensor",
    arguments: [
      ("blocks.3.mlp_channels.fc1.weight", "blocks.3"), ("head.bias", "head"),
      ("stem.proj.weight", "stem"), ("norm.weight", "norm"),
    ])
  func layer(tensor: String, layer: String) {
    #expect(DifferenceCause.layer(of: tensor) == layer)
  }
}
