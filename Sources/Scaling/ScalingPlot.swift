import Mathematics
import Reporting

/// Efficiency and the parts of a step against the number of hosts, as SVG.
package struct ScalingPlot {
  private static let (width, height) = (820.0, 460.0)
  private static let (left, right, top, bottom) = (64.0, 200.0, 36.0, 48.0)

  private let rows: [PredictedRun]
  private let title: String

  /// The plot of a plan.
  package init(_ plan: ScalingPlan, title: String) {
    (rows, self.title) = (plan.rows, title)
  }

  private var lines: [(name: String, percent: (PredictedRun) -> Double)] {
    [
      ("efficiency", { 100 * $0.efficiency }),
      ("computing, of a step", { 100 * $0.computeSeconds / $0.stepSeconds }),
      ("exposed exchange, of a step", { 100 * $0.exposedSeconds / $0.stepSeconds }),
    ]
  }

  /// The document.
  package var svg: String {
    let (plotRight, plotBottom) = (Self.width - Self.right, Self.height - Self.bottom)
    let ys = Axis([0, 100], from: plotBottom, to: Self.top)
    // Powers of two are equally far from each other.
    let last = logarithm(Double(rows.last?.hosts ?? 1))
    func x(_ hosts: Int) -> Double {
      last > 0 ? Self.left + logarithm(Double(hosts)) / last * (plotRight - Self.left) : Self.left
    }
    var parts = [
      SVG.text((Self.left + plotRight) / 2, 20, title, "middle"),
      SVG.text((Self.left + plotRight) / 2, Self.height - 10, "hosts", "middle"),
      SVG.text(10, Self.top - 12, "%", "start"),
    ]
    for tick in ys.ticks {
      let y = ys.place(tick)
      parts.append(SVG.line(Self.left, y, plotRight, y, SVG.grid))
      parts.append(SVG.text(Self.left - 6, y + 4, ys.label(tick), "end"))
    }
    for row in rows {
      parts.append(SVG.line(x(row.hosts), Self.top, x(row.hosts), plotBottom, SVG.grid))
      parts.append(SVG.text(x(row.hosts), plotBottom + 16, "\(row.hosts)", "middle"))
    }
    for (index, line) in lines.enumerated() {
      let stroke = "stroke=\"\(SVG.colours[index])\" stroke-width=\"1.6\""
      let places = rows.map { (x: x($0.hosts), y: ys.place(min(100, line.percent($0)))) }
      parts.append(SVG.polyline(places, stroke))
      let y = Self.top + 10 + 20 * Double(index)
      parts.append(SVG.line(plotRight + 12, y, plotRight + 34, y, stroke))
      parts.append(SVG.text(plotRight + 40, y + 4, line.name, "start"))
    }
    return SVG.document(Self.width, Self.height, parts)
  }
}
