import Imaging
import Reporting

/// Pictures of one size in rows, each with a line of digits below.
struct ContactSheet {
  /// The sheet.
  let image: RasterImage

  /// Small pictures are enlarged to about this many pixels.
  private static let cell = 112

  /// The height of a line of text, and the size of a dot of its digits.
  private static let (textRows, dot) = (16, 2)

  /// A sheet of one or more pictures with their captions; digits and the few letters that ``Canvas`` knows are drawn.
  init(_ pictures: [(picture: RasterImage, caption: String)]) {
    precondition(!pictures.isEmpty, "a sheet without pictures")
    let first = pictures[0].picture
    let factor = max(1, Self.cell / max(first.rows, first.columns))
    let (height, width) = (first.rows * factor + Self.textRows, max(first.columns * factor, 80) + 4)
    let columns = Self.columns(of: pictures.count)
    let rows = (pictures.count + columns - 1) / columns
    var canvas = Canvas(rows: rows * height, columns: columns * width, channels: first.channels)
    for (index, (picture, caption)) in pictures.enumerated() {
      let (top, left) = (index / columns * height, index % columns * width)
      canvas.draw(picture, top: top, left: left, factor: factor)
      canvas.write(caption, top: top + first.rows * factor + 3, left: left, dot: Self.dot)
    }
    image = canvas.image
  }

  /// How many of `count` pictures are in a row: about as many as there are rows.
  static func columns(of count: Int) -> Int {
    Int(Double(count).squareRoot().rounded(.up))
  }
}
