import Foundation
import Reporting

/// Curves over steps as a picture of a page, with a table of their numbers.
struct ReportPlot {
  /// One curve, broken where a value is nil because it was not finite.
  struct Curve {
    let name: String
    let points: [(x: Double, y: Double?)]

    init(_ name: String, _ points: [(x: Double, y: Double?)]) {
      self.name = name
      self.points = points
    }

    /// The points that can be drawn.
    var finite: [(x: Double, y: Double)] {
      points.compactMap { point -> (x: Double, y: Double)? in
        guard let y = point.y, y.isFinite else { return nil }
        return (x: point.x, y: y)
      }
    }
  }

  /// A name that no other plot of the page has.
  let id: String
  /// What is plotted, with its unit.
  let title: String
  /// What is below the axis.
  var acrossLabel = "step"
  /// The curves, at most eight with a colour of their own.
  let curves: [Curve]
  /// Places of vertical marks, and what they are.
  var marks: [Double] = []
  var markName = "resumed"
  /// A horizontal line, and what it is.
  var limit: Double?
  var limitName = ""
  /// Whether the curves are drawn thin, with their means over neighbours in bold.
  var isSmoothed = false

  private static let (width, left, right) = (760.0, 64.0, 744.0)
  private static let (top, bottom) = (28.0, 260.0)
  /// A curve is cut into this many parts, of which the lowest and the highest point are kept.
  private static let parts = 400

  /// The figure; nil if there is nothing to draw.
  var figure: String? {
    let drawn = curves.filter { !$0.finite.isEmpty }
    if drawn.isEmpty { return nil }
    let all = drawn.flatMap(\.finite)
    let xs = Axis(all.map(\.x), from: Self.left, to: Self.right)
    let limits = limit.map { [$0] } ?? []
    let ys = Axis(all.map(\.y) + limits, from: Self.bottom, to: Self.top)
    let lines = drawn.enumerated().flatMap { number, curve in
      elements(of: curve, Self.stroke(number), xs, ys)
    }
    let legend = drawn.enumerated().flatMap { number, curve -> [String] in
      let y = Self.bottom + 44 + 18 * Double(number)
      return [
        SVG.line(Self.left, y, Self.left + 30, y, Self.stroke(number)),
        SVG.text(Self.left + 38, y + 4, curve.name, "start"),
      ]
    }
    let picture = SVG.figure(
      Self.width, Self.bottom + 44 + 18 * Double(drawn.count), id: id, title: title,
      summary: drawn.map(Self.summary).joined(separator: " "),
      axes(xs, ys) + lines + legend)
    let rows = drawn.map { Self.numbers(of: $0) }
    return HTML.figure(picture, caption)
      + HTML.folded(
        "\(title): the numbers",
        HTML.grid(title, ["curve", "first", "lowest", "highest", "last", "not finite"], rows))
  }

  private var caption: String {
    let smoothed = isSmoothed ? "; bold: the mean of neighbouring steps" : ""
    let marked = marks.isEmpty ? "" : "; dotted vertical lines: \(markName)"
    let limited = limit.map { "; dotted horizontal line: \(limitName) \($0)" } ?? ""
    return title + smoothed + marked + limited
  }

  private static func stroke(_ number: Int) -> String {
    let dash = ["", "7 3", "2 2", "9 3 2 3"][number % 4]
    let dashes = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
    return "class=\"bold c\(number % 8)\"\(dashes)"
  }

  private func axes(_ xs: Axis, _ ys: Axis) -> [String] {
    var parts = [
      SVG.text(10, 16, title, "start"),
      SVG.text((Self.left + Self.right) / 2, Self.bottom + 32, acrossLabel, "middle"),
    ]
    for tick in xs.ticks {
      let x = xs.place(tick)
      parts.append(SVG.line(x, Self.top, x, Self.bottom, "class=\"grid\""))
      parts.append(SVG.text(x, Self.bottom + 16, xs.label(tick), "middle"))
    }
    for tick in ys.ticks {
      let y = ys.place(tick)
      parts.append(SVG.line(Self.left, y, Self.right, y, "class=\"grid\""))
      parts.append(SVG.text(Self.left - 6, y + 4, ys.label(tick), "end"))
    }
    for mark in marks {
      let x = xs.place(mark)
      parts.append(SVG.line(x, Self.top, x, Self.bottom, "class=\"mark\""))
    }
    if let limit {
      parts.append(
        SVG.line(Self.left, ys.place(limit), Self.right, ys.place(limit), "class=\"mark\""))
    }
    return parts
  }

  private func elements(
    of curve: Curve, _ stroke: String, _ xs: Axis, _ ys: Axis
  ) -> [String] {
    func drawn(_ points: [(x: Double, y: Double)], _ stroke: String) -> [String] {
      let places = Self.thinned(points).map { (x: xs.place($0.x), y: ys.place($0.y)) }
      guard places.count == 1 else { return [SVG.polyline(places, stroke)] }
      return [SVG.circle(places[0].x, places[0].y, radius: 2, stroke)]
    }
    let pieces = Self.pieces(of: curve)
    let gaps = curve.points.filter { $0.y?.isFinite != true }.prefix(Self.parts).map { point in
      SVG.text(min(max(xs.place(point.x), Self.left), Self.right), Self.bottom - 4, "×", "middle")
    }
    guard isSmoothed else { return pieces.flatMap { drawn($0, stroke) } + gaps }
    return pieces.flatMap { piece in
      drawn(piece, stroke.replacing("class=\"bold", with: "class=\"thin"))
        + drawn(Self.smoothed(piece), stroke)
    } + gaps
  }

  /// The curve between the values that are not finite.
  private static func pieces(of curve: Curve) -> [[(x: Double, y: Double)]] {
    var pieces: [[(x: Double, y: Double)]] = []
    var piece: [(x: Double, y: Double)] = []
    for point in curve.points {
      if let y = point.y, y.isFinite {
        piece.append((x: point.x, y: y))
      } else if !piece.isEmpty {
        pieces.append(piece)
        piece = []
      }
    }
    return piece.isEmpty ? pieces : pieces + [piece]
  }

  /// Means over a fiftieth of the points, before and up to each.
  private static func smoothed(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let window = max(1, points.count / 50)
    var sum = 0.0
    return points.indices.map { index in
      sum += points[index].y
      if index >= window { sum -= points[index - window].y }
      return (x: points[index].x, y: sum / Double(min(index + 1, window)))
    }
  }

  /// The lowest and the highest point of each part, so that no spike is lost.
  private static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    if points.count <= 2 * parts { return points }
    return (0..<parts).flatMap { part -> [(x: Double, y: Double)] in
      let places = points.count * part / parts..<points.count * (part + 1) / parts
      let sorted = places.sorted { points[$0].y < points[$1].y }
      guard let low = sorted.first, let high = sorted.last else { return [] }
      return [min(low, high), max(low, high)].map { points[$0] }
    }
  }

  private static func text(_ value: Double) -> String { String(format: "%.6g", value) }

  private static func summary(of curve: Curve) -> String {
    let points = curve.finite
    guard let first = points.first, let last = points.last,
      let low = points.min(by: { $0.y < $1.y })
    else { return "" }
    return "\(curve.name): from \(text(first.y)) at \(text(first.x)) to \(text(last.y)) at "
      + "\(text(last.x)), lowest \(text(low.y)) at \(text(low.x))."
  }

  private static func numbers(of curve: Curve) -> [String] {
    let points = curve.finite
    func cell(_ point: (x: Double, y: Double)?) -> String {
      point.map { "\(text($0.y)) at \(text($0.x))" } ?? ""
    }
    return [
      curve.name, cell(points.first), cell(points.min { $0.y < $1.y }),
      cell(points.max { $0.y < $1.y }), cell(points.last),
      "\(curve.points.count - points.count)",
    ]
  }
}
