import Reporting

/// The scores of variants over their seeds as SVG: a row for each variant, a dot for each run, a bar at the median.
///
/// A failed run is a ring: it says one class of all samples.
struct SeedPlot {
  /// A variant.
  struct Row {
    let name: String
    let runs: [(score: Double, failed: Bool)]
    let median: Double
  }

  let title: String
  let rows: [Row]
  private let label: String

  private static let (left, right, top, bottom) = (240.0, 40.0, 40.0, 48.0)
  private static let (width, rowHeight) = (820.0, 28.0)

  /// The plot of `metric` of all runs of `table` that have it.
  init(_ table: SweepTable, of metric: ScoreName, title: String) {
    self.title = title
    label = metric.title + (metric.unit.isEmpty ? "" : ", \(metric.unit)")
    rows = table.rows.compactMap { row -> Row? in
      guard let score = row.score(metric) else { return nil }
      let runs = table.runs.filter { $0.variant == row.variant }.compactMap { run in
        run.scores?[metric.rawValue].map {
          (score: metric.shown($0), failed: run.failed ?? false)
        }
      }
      return Row(name: row.variant, runs: runs, median: metric.shown(score.median))
    }
  }

  private var height: Double { Self.top + Self.rowHeight * Double(rows.count) + Self.bottom }

  /// The document; without rows, an empty axis.
  var svg: String {
    let axis = Axis(
      rows.flatMap { $0.runs.map(\.score) }, from: Self.left, to: Self.width - Self.right)
    return SVG.document(
      Self.width, height, grid(axis) + rows.indices.flatMap { elements(ofRow: $0, axis) })
  }

  private func grid(_ axis: Axis) -> [String] {
    let middle = (Self.left + Self.width - Self.right) / 2
    let end = height - Self.bottom
    var parts = [
      SVG.text(middle, 20, title, "middle"), SVG.text(middle, height - 10, label, "middle"),
    ]
    for tick in axis.ticks {
      let x = axis.place(tick)
      parts.append(SVG.line(x, Self.top, x, end, SVG.grid))
      parts.append(SVG.text(x, end + 16, axis.label(tick), "middle"))
    }
    return parts
  }

  private func elements(ofRow index: Int, _ axis: Axis) -> [String] {
    let row = rows[index]
    let y = Self.top + Self.rowHeight * (Double(index) + 0.5)
    let colour = SVG.colours[index % SVG.colours.count]
    let x = axis.place(row.median)
    let bar = SVG.line(x, y - 9, x, y + 9, "stroke=\"\(colour)\" stroke-width=\"3\"")
    let dots = row.runs.map { run in
      SVG.circle(
        axis.place(run.score), y, radius: 4.5,
        run.failed
          ? "fill=\"white\" stroke=\"\(colour)\" stroke-width=\"1.6\""
          : "fill=\"\(colour)\" fill-opacity=\"0.6\"")
    }
    return [SVG.text(Self.left - 12, y + 4, row.name, "end"), bar] + dots
  }
}
