package import Imaging

/// White paper for pictures, rectangles and small text.
package struct Canvas {
  /// The height of a character, in dots.
  package static let glyphRows = 5

  /// What is on it.
  package private(set) var image: RasterImage

  /// A blank sheet of 1 or 3 channels.
  package init(rows: Int, columns: Int, channels: Int) {
    image = RasterImage(
      rows: rows, columns: columns, channels: channels,
      bytes: [UInt8](repeating: 255, count: rows * columns * channels))
  }

  /// Copies a picture, each of its pixels as a square of `factor` pixels.
  package mutating func draw(_ picture: RasterImage, top: Int, left: Int, factor: Int) {
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

  /// The width of `text` in pixels.
  package static func width(of text: String, dot: Int) -> Int { max(0, 4 * text.count - 1) * dot }

  /// Writes characters of 3 × 5 dots; others than the few that are known stay blank.
  package mutating func write(
    _ text: String, top: Int, left: Int, dot: Int, colour: [UInt8] = Canvas.black
  ) {
    for (place, character) in text.enumerated() {
      guard let glyph = Self.glyphs[character] else { continue }
      for (row, line) in glyph.enumerated() {
        for (column, mark) in line.enumerated() where mark == "#" {
          fill(
            top: top + row * dot, left: left + (4 * place + column) * dot, rows: dot, columns: dot,
            colour)
        }
      }
    }
  }

  /// Fills a rectangle, as far as it is on the paper, with the first channels of `colour`.
  package mutating func fill(top: Int, left: Int, rows: Int, columns: Int, _ colour: [UInt8]) {
    precondition(colour.count >= image.channels, "a colour of \(colour.count) channels")
    for row in top..<min(top + rows, image.rows) {
      for column in left..<min(left + columns, image.columns) {
        for channel in 0..<image.channels {
          image.bytes[(row * image.columns + column) * image.channels + channel] = colour[channel]
        }
      }
    }
  }

  /// What text is drawn in.
  package static let black: [UInt8] = [0, 0, 0]

  private static let glyphs: [Character: [String]] = [
    "0": ["###", "#.#", "#.#", "#.#", "###"], "1": [".#.", "##.", ".#.", ".#.", "###"],
    "2": ["##.", "..#", ".#.", "#..", "###"], "3": ["##.", "..#", ".#.", "..#", "##."],
    "4": ["#.#", "#.#", "###", "..#", "..#"], "5": ["###", "#..", "##.", "..#", "##."],
    "6": [".##", "#..", "###", "#.#", "###"], "7": ["###", "..#", ".#.", ".#.", ".#."],
    "8": ["###", "#.#", "###", "#.#", "###"], "9": ["###", "#.#", "###", "..#", "##."],
    "C": [".##", "#..", "#..", "#..", ".##"], "D": ["##.", "#.#", "#.#", "#.#", "##."],
    "E": ["###", "#..", "##.", "#..", "###"], "I": ["###", ".#.", ".#.", ".#.", "###"],
    "P": ["##.", "#.#", "##.", "#..", "#.."], "R": ["##.", "#.#", "##.", "#.#", "#.#"],
    "T": ["###", ".#.", ".#.", ".#.", ".#."], "U": ["#.#", "#.#", "#.#", "#.#", "###"],
    "<": ["..#", ".#.", "#..", ".#.", "..#"], "+": ["...", ".#.", "###", ".#.", "..."],
    "%": ["#.#", "..#", ".#.", "#..", "#.#"],
  ]
}
