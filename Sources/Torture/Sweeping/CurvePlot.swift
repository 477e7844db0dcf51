import Configuration
import Foundation
import Reporting

/// Curves of evaluations against samples or tokens as SVG: one colour per variant, one line per seed.
struct CurvePlot {
  /// One line of the plot.
  struct Curve {
    let name: String
    let points: [(x: Double, y: Double)]
  }

  let title: String
  let curves: [Curve]
  private let acrossLabel: String
  private let upLabel: String

  private static let (width, height) = (820.0, 460.0)
  private static let (left, right, top, bottom) = (64.0, 240.0, 36.0, 48.0)

  /// The plot of all runs of `table` that were evaluated, from `firstShare` of the samples on.
  ///
  /// The accuracy is that of the averaged weights, where a run keeps them.
  ///
  /// - Parameters:
  ///   - table: the runs.
  ///   - metric: what is plotted.
  ///   - task: what the runs are trained to do; progress of text is counted in tokens.
  ///   - title: the text above the plot.
  ///   - firstShare: what is left out at the left, where losses fall steeply.
  init(
    _ table: SweepTable, of metric: BestMetric, task: any TrainingTask, title: String,
    firstShare: Double = 0.1
  ) {
    self.title = title
    let evaluations = table.runs.flatMap(\.evaluations)
    let progress: (SweepResult.Point) -> Int = task.countsPredictions ? \.tokens : \.samples
    acrossLabel = task.countsPredictions ? "million tokens" : "million \(task.sample)s"
    let isAveraged = metric == .accuracy && evaluations.contains { $0.emaAccuracy != nil }
    upLabel =
      switch metric {
      case .loss: "loss, nats"
      case .accuracy: "accuracy, %" + (isAveraged ? ", averaged weights" : "")
      }
    let last = Double(evaluations.map(progress).max() ?? 0)
    curves = table.runs.map { run in
      Curve(
        name: run.variant,
        points: run.evaluations.filter { Double(progress($0)) >= firstShare * last }.map { point in
          let value =
            switch metric {
            case .loss: point.loss
            case .accuracy: 100 * (point.emaAccuracy ?? point.accuracy)
            }
          return (Double(progress(point)) / 1e6, value)
        })
    }.filter { !$0.points.isEmpty }
  }

  /// The document; without curves, empty axes.
  var svg: String {
    let points = curves.flatMap(\.points)
    let xs = Axis(points.map(\.x), from: Self.left, to: Self.width - Self.right)
    let ys = Axis(points.map(\.y), from: Self.height - Self.bottom, to: Self.top)
    return SVG.document(Self.width, Self.height, axes(xs, ys) + lines(xs, ys) + legend)
  }

  private func axes(_ xs: Axis, _ ys: Axis) -> [String] {
    let (right, bottom) = (Self.width - Self.right, Self.height - Self.bottom)
    var parts = [
      SVG.text((Self.left + right) / 2, 20, title, "middle"),
      SVG.text((Self.left + right) / 2, Self.height - 10, acrossLabel, "middle"),
      SVG.text(10, Self.top - 12, upLabel, "start"),
    ]
    for tick in xs.ticks {
      let x = xs.place(tick)
      parts.append(SVG.line(x, Self.top, x, bottom, SVG.grid))
      parts.append(SVG.text(x, bottom + 16, xs.label(tick), "middle"))
    }
    for tick in ys.ticks {
      let y = ys.place(tick)
      parts.append(SVG.line(Self.left, y, right, y, SVG.grid))
      parts.append(SVG.text(Self.left - 6, y + 4, ys.label(tick), "end"))
    }
    return parts
  }

  private func lines(_ xs: Axis, _ ys: Axis) -> [String] {
    curves.map { curve in
      SVG.polyline(
        curve.points.map { (x: xs.place($0.x), y: ys.place($0.y)) }, stroke(of: curve.name))
    }
  }

  private var legend: [String] {
    names.enumerated().flatMap { index, name in
      let (x, y) = (Self.width - Self.right + 16, Self.top + 10 + 20 * Double(index))
      return [
        SVG.line(x, y, x + 26, y, stroke(of: name)), SVG.text(x + 32, y + 4, name, "start"),
      ]
    }
  }

  /// Every variant once, in the order of the curves.
  private var names: [String] {
    curves.map(\.name).reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
  }

  /// Colours first, then the same ones dashed.
  private func stroke(of name: String) -> String {
    let index = names.firstIndex(of: name) ?? 0
    let dash = ["", " stroke-dasharray=\"6 3\"", " stroke-dasharray=\"2 2\""]
    return "stroke=\"\(SVG.colours[index % SVG.colours.count])\" stroke-width=\"1.6\""
      + dash[index / SVG.colours.count % dash.count]
  }
}
