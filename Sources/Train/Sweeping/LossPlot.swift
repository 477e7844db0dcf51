internal import Foundation

/// Curves of evaluation loss against tokens, one colour a variant and one line a seed, as SVG.
struct LossPlot {
  /// One line of the plot.
  struct Curve {
    let name: String
    let points: [(x: Double, y: Double)]
  }

  let title: String
  let curves: [Curve]

  private static let (width, height) = (760.0, 460.0)
  private static let (left, right, top, bottom) = (64.0, 200.0, 36.0, 48.0)
  private static let colours = [
    "#1b6ca8", "#d1495b", "#2e8b57", "#8f5cc2", "#c98a1b", "#3a3a3a", "#00a3a3", "#a0522d",
  ]

  /// The plot of all runs of `table` that were evaluated, from `firstShare` of the tokens on.
  init(_ table: SweepTable, title: String, firstShare: Double = 0.1) {
    self.title = title
    let most = Double(table.runs.flatMap(\.evaluations).map(\.tokens).max() ?? 0)
    curves = table.runs.map { run in
      Curve(
        name: run.variant,
        points: run.evaluations.map { (Double($0.tokens) / 1e6, $0.loss) }
          .filter { $0.0 * 1e6 >= firstShare * most })
    }.filter { !$0.points.isEmpty }
  }

  /// The document; of no curve the empty axes.
  var svg: String {
    let names = curves.map(\.name).reduce(into: [String]()) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    let points = curves.flatMap(\.points)
    let xs = Axis(points.map(\.x), from: Self.left, to: Self.width - Self.right)
    let ys = Axis(points.map(\.y), from: Self.height - Self.bottom, to: Self.top)
    var parts = [
      """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      """,
      text(Self.left, 20, Self.escaped(title), "start"),
      text((Self.left + Self.width - Self.right) / 2, Self.height - 10, "million tokens", "middle"),
      text(10, Self.top - 12, "loss, nats", "start"),
    ]
    for tick in xs.ticks {
      let x = xs.place(tick)
      parts.append(line(x, Self.top, x, Self.height - Self.bottom))
      parts.append(text(x, Self.height - Self.bottom + 16, xs.label(tick), "middle"))
    }
    for tick in ys.ticks {
      let y = ys.place(tick)
      parts.append(line(Self.left, y, Self.width - Self.right, y))
      parts.append(text(Self.left - 6, y + 4, ys.label(tick), "end"))
    }
    for curve in curves {
      let colour = Self.colour(of: curve.name, in: names)
      let places = curve.points.map {
        String(format: "%.1f,%.1f", xs.place($0.x), ys.place($0.y))
      }
      parts.append(
        "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"1.6\" "
          + "points=\"\(places.joined(separator: " "))\"/>")
    }
    for (index, name) in names.enumerated() {
      let y = Self.top + 10 + 20 * Double(index)
      let x = Self.width - Self.right + 16
      let colour = Self.colour(of: name, in: names)
      parts.append(
        "<line x1=\"\(x)\" y1=\"\(y)\" x2=\"\(x + 18)\" y2=\"\(y)\" stroke=\"\(colour)\" stroke-width=\"3\"/>"
      )
      parts.append(text(x + 24, y + 4, Self.escaped(name), "start"))
    }
    return (parts + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  private static func colour(of name: String, in names: [String]) -> String {
    colours[(names.firstIndex(of: name) ?? 0) % colours.count]
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }

  private func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
    String(format: "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"", x, y) + "\(anchor)\">\(text)</text>"
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double) -> String {
    String(
      format: "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>", x1, y1, x2,
      y2)
  }
}

/// One direction of a plot: numbers to places, with round numbers at its ticks.
struct Axis {
  private let low: Double
  private let high: Double
  private let start: Double
  private let end: Double
  private let step: Double

  /// The axis on which `values` lie between the places `start` and `end`.
  init(_ values: [Double], from start: Double, to end: Double) {
    (self.start, self.end) = (start, end)
    let least = values.min() ?? 0
    let most = max(values.max() ?? 1, least + 1e-9)
    let rough = (most - least) / 5
    let power = pow(10, log10(rough).rounded(.down))
    step = ([1, 2, 5, 10].first { $0 * power >= rough } ?? 10) * power
    low = (least / step).rounded(.down) * step
    high = (most / step).rounded(.up) * step
  }

  /// The round numbers from one end to the other.
  var ticks: [Double] { Array(stride(from: low, through: high + step / 2, by: step)) }

  /// Where `value` lies.
  func place(_ value: Double) -> Double { start + (value - low) / (high - low) * (end - start) }

  /// A tick's number, with as many digits as the step needs.
  func label(_ value: Double) -> String {
    String(format: "%.\(max(0, Int(-log10(step).rounded(.down))))f", value)
  }
}
