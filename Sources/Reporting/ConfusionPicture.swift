package import Imaging
package import Scoring

/// A picture of a confusion matrix: each row as shares of its class, the darker the more.
///
/// Rows are the classes that samples have, columns those that were predicted; both begin at the top left
/// corner and have the numbers of the classes. A cell's darkness grows with the square root of its share, so that a
/// confusion of one in a hundred shows. A row without samples is grey. Up to twenty classes the cells have
/// their shares in per cent.
package struct ConfusionPicture {
  /// More classes make a picture that is too large to look at.
  package static let maximumClasses = 4_096

  /// The picture, in colour.
  package let image: RasterImage

  private static let (dot, margin) = (2, 4)
  private static let textRows = Canvas.glyphRows * dot + margin

  /// The picture of at most ``maximumClasses`` classes.
  package init(_ confusion: ConfusionCounts) {
    let classes = confusion.classes
    precondition(classes <= Self.maximumClasses, "a picture of \(classes) classes")
    let cell = max(classes <= 1_024 ? 2 : 1, min(48, 1_000 / classes))
    let numbers = Canvas.width(of: "\(classes - 1)", dot: Self.dot)
    let top = 2 * Self.textRows + Self.margin
    let left = max(numbers, Canvas.width(of: "TRUE", dot: Self.dot)) + 3 * Self.margin
    let side = classes * cell
    var canvas = Canvas(
      rows: top + side + Self.margin,
      columns: left + max(side, Canvas.width(of: "PREDICTED", dot: Self.dot)) + Self.margin,
      channels: 3)
    Self.drawAxes(classes, cell: cell, top: top, left: left, on: &canvas)
    for (label, row) in confusion.rows.enumerated() {
      for predicted in 0..<classes {
        let count = confusion[label, predicted]
        // The paper is white.
        if row.samples > 0 && count == 0 { continue }
        let share = row.samples > 0 ? Double(count) / Double(row.samples) : nil
        let (y, x) = (top + label * cell, left + predicted * cell)
        canvas.fill(top: y, left: x, rows: cell, columns: cell, Self.colour(of: share))
        if classes <= 20, let share {
          Self.write(share, top: y, left: x, cell: cell, on: &canvas)
        }
      }
    }
    image = canvas.image
  }

  /// The colour of a share: white for none, through blue to nearly black for all; grey where there is none.
  static func colour(of share: Double?) -> [UInt8] {
    guard let share else { return [225, 225, 225] }
    precondition((0...1).contains(share), "the share \(share)")
    let stops: [[Double]] = [[255, 255, 255], [92, 158, 208], [8, 36, 92]]
    let place = 2 * share.squareRoot()
    let first = min(Int(place), 1)
    return zip(stops[first], stops[first + 1]).map {
      UInt8(($0 + (place - Double(first)) * ($1 - $0)).rounded())
    }
  }

  /// After how many classes a number is next to the matrix, so that numbers of `width` pixels stay apart.
  static func step(width: Int, cell: Int) -> Int {
    var power = 1
    while true {
      for factor in [1, 2, 5] where factor * power * cell >= width + 2 * margin {
        return factor * power
      }
      power *= 10
    }
  }

  /// Numbers of classes beside the matrix, with a mark each, and what the axes are.
  private static func drawAxes(
    _ classes: Int, cell: Int, top: Int, left: Int, on canvas: inout Canvas
  ) {
    canvas.write("PREDICTED", top: margin / 2, left: left, dot: dot)
    canvas.write("TRUE", top: textRows + margin / 2, left: margin, dot: dot)
    let interval = step(width: Canvas.width(of: "\(classes - 1)", dot: dot), cell: cell)
    for label in stride(from: 0, to: classes, by: interval) {
      let width = Canvas.width(of: "\(label)", dot: dot)
      let middle = label * cell + cell / 2
      canvas.write(
        "\(label)", top: textRows + margin / 2, left: max(left, left + middle - width / 2), dot: dot
      )
      canvas.fill(top: top - margin, left: left + middle, rows: margin, columns: 1, Canvas.black)
      canvas.write(
        "\(label)", top: max(top, top + middle - Canvas.glyphRows * dot / 2),
        left: left - 2 * margin - width, dot: dot)
      canvas.fill(top: top + middle, left: left - margin, rows: 1, columns: margin, Canvas.black)
    }
  }

  private static func write(
    _ share: Double, top: Int, left: Int, cell: Int, on canvas: inout Canvas
  ) {
    let text = share < 0.005 ? "<1" : "\(Int((100 * share).rounded()))"
    canvas.write(
      text, top: top + (cell - Canvas.glyphRows * dot) / 2,
      left: left + (cell - Canvas.width(of: text, dot: dot)) / 2, dot: dot,
      colour: share > 0.2 ? [255, 255, 255] : Canvas.black)
  }
}
