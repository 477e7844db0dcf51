import Foundation

/// Elements of SVG as text, for plots.
enum SVG {
  /// Colours that can be distinguished, also on paper.
  static let colours = [
    "#1b6ca8", "#d1495b", "#2e8b57", "#8f5cc2", "#c98a1b", "#3a3a3a", "#00a3a3", "#a0522d",
  ]

  /// How lines of the grid are drawn.
  static let grid = "stroke=\"#dddddd\""

  /// A whole document of `width` × `height` pixels with `elements` on white.
  static func document(_ width: Double, _ height: Double, _ elements: [String]) -> String {
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      """
    return ([head] + elements + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// Words at a place; `anchor` is `start`, `middle` or `end`.
  static func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
    String(format: "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"", x, y)
      + "\(anchor)\">\(escaped(text))</text>"
  }

  /// A straight line, drawn as the attributes `stroke` say.
  static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ stroke: String
  ) -> String {
    String(format: "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" ", x1, y1, x2, y2)
      + "\(stroke)/>"
  }

  /// A circle, drawn as the attributes `style` say.
  static func circle(_ x: Double, _ y: Double, radius: Double, _ style: String) -> String {
    String(format: "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" ", x, y, radius) + "\(style)/>"
  }

  private static func escaped(_ text: String) -> String {
    // XML has no way to write most control characters.
    let visible = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    return visible.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;")
  }
}
