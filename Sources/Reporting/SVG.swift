import Foundation

/// Elements of SVG as text, for plots.
package enum SVG {
  /// Colours that can be distinguished, also on paper.
  package static let colours = [
    "#1b6ca8", "#d1495b", "#2e8b57", "#8f5cc2", "#c98a1b", "#3a3a3a", "#00a3a3", "#a0522d",
  ]

  /// How lines of the grid are drawn.
  package static let grid = "stroke=\"#dddddd\""

  /// A whole document of `width` × `height` pixels with `elements` on white.
  package static func document(_ width: Double, _ height: Double, _ elements: [String]) -> String {
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
      font-family="sans-serif" font-size="12">
      <rect width="100%" height="100%" fill="white"/>
      """
    return ([head] + elements + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// A picture inside a page, which gives it width and colours; read aloud as `title` and `summary`.
  ///
  /// - Parameters:
  ///   - width: its own width, to which places of elements refer.
  ///   - height: its own height.
  ///   - id: a name that no other picture of the page has.
  ///   - title: what it shows.
  ///   - summary: what can be seen in it.
  ///   - elements: what is drawn.
  /// - Returns: the element `svg`.
  package static func figure(
    _ width: Double, _ height: Double, id: String, title: String, summary: String,
    _ elements: [String]
  ) -> String {
    let head = """
      <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" \
      aria-labelledby="\(id)-title \(id)-summary">
      <title id="\(id)-title">\(escaped(title))</title>
      <desc id="\(id)-summary">\(escaped(summary))</desc>
      """
    return ([head] + elements + ["</svg>"]).joined(separator: "\n") + "\n"
  }

  /// Words at a place; `anchor` is `start`, `middle` or `end`.
  package static func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
    String(format: "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"", x, y)
      + "\(anchor)\">\(escaped(text))</text>"
  }

  /// A straight line, drawn as the attributes `stroke` say.
  package static func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ stroke: String
  ) -> String {
    String(format: "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" ", x1, y1, x2, y2)
      + "\(stroke)/>"
  }

  /// A line through places, drawn as the attributes `stroke` say.
  package static func polyline(_ places: [(x: Double, y: Double)], _ stroke: String) -> String {
    let points = places.map { String(format: "%.1f,%.1f", $0.x, $0.y) }.joined(separator: " ")
    return "<polyline fill=\"none\" \(stroke) points=\"\(points)\"/>"
  }

  /// A circle, drawn as the attributes `style` say.
  package static func circle(
    _ x: Double, _ y: Double, radius: Double, _ style: String
  ) -> String {
    String(format: "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" ", x, y, radius) + "\(style)/>"
  }

  /// `text` as content or as the value of an attribute, in XML and in HTML.
  package static func escaped(_ text: String) -> String {
    // XML has no way to write most control characters, and none at all to write two others.
    let visible = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar -> Unicode.Scalar in
          let isUnknown = scalar.value == 0xFFFE || scalar.value == 0xFFFF
          return isUnknown || scalar.properties.generalCategory == .control ? " " : scalar
        }))
    return visible.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;").replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
  }
}
