import Imaging

/// Pictures of one size in rows, each with a line of digits below.
struct ContactSheet {
  /// The sheet.
  let image: RasterImage

  /// Small pictures are enlarged to about so many pixels.
  private static let cell = 112

  /// The height of a line of text, and the size of a dot of its digits.
  private static let (textRows, dot) = (16, 2)

  /// A sheet of pictures with their captions, of which there is at least one; `+`, `%` and digits are drawn.
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

  /// How many of `count` pictures stand in a row: about as many as there are rows.
  static func columns(of count: Int) -> Int {
    Int(Double(count).squareRoot().rounded(.up))
  }
}

/// White paper.
private struct Canvas {
  private(set) var image: RasterImage

  init(rows: Int, columns: Int, channels: Int) {
    image = RasterImage(
      rows: rows, columns: columns, channels: channels,
      bytes: [UInt8](repeating: 255, count: rows * columns * channels))
  }

  mutating func draw(_ picture: RasterImage, top: Int, left: Int, factor: Int) {
    for row in 0..<(picture.rows * factor) {
      for column in 0..<(picture.columns * factor) {
        let source = (row / factor * picture.columns + column / factor) * picture.channels
        let target = ((top + row) * image.columns + left + column) * picture.channels
        for channel in 0..<picture.channels {
          image.bytes[target + channel] = picture.bytes[source + channel]
        }
      }
    }
  }

  /// Writes characters of 3 × 5 dots; others than digits, `+` and `%` stay blank.
  mutating func write(_ text: String, top: Int, left: Int, dot: Int) {
    for (place, character) in text.enumerated() {
      guard let glyph = Self.glyphs[character] else { continue }
      for (row, line) in glyph.enumerated() {
        for (column, mark) in line.enumerated() where mark == "#" {
          fill(
            top: top + row * dot, left: left + (4 * place + column) * dot, size: dot)
        }
      }
    }
  }

  private mutating func fill(top: Int, left: Int, size: Int) {
    for row in top..<min(top + size, image.rows) {
      for column in left..<min(left + size, image.columns) {
        for channel in 0..<image.channels {
          image.bytes[(row * image.columns + column) * image.channels + channel] = 0
        }
      }
    }
  }

  private static let glyphs: [Character: [String]] = [
    "0": ["###", "#.#", "#.#", "#.#", "###"], "1": [".#.", "##.", ".#.", ".#.", "###"],
    "2": ["##.", "..#", ".#.", "#..", "###"], "3": ["##.", "..#", ".#.", "..#", "##."],
    "4": ["#.#", "#.#", "###", "..#", "..#"], "5": ["###", "#..", "##.", "..#", "##."],
    "6": [".##", "#..", "###", "#.#", "###"], "7": ["###", "..#", ".#.", ".#.", ".#."],
    "8": ["###", "#.#", "###", "#.#", "###"], "9": ["###", "#.#", "###", "..#", "##."],
    "+": ["...", ".#.", "###", ".#.", "..."], "%": ["#.#", "..#", ".#.", "#..", "#.#"],
  ]
}
