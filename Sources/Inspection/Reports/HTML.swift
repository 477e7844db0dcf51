import Datasets
import Foundation
import Imaging
import Reporting

/// Elements of HTML as text, well-formed as XML too; what comes from files is escaped.
enum HTML {
  /// A heading; `level` is 1 for that of the page.
  static func heading(_ level: Int, _ text: String) -> String {
    "<h\(level)>\(SVG.escaped(text))</h\(level)>\n"
  }

  /// A paragraph.
  static func paragraph(_ text: String) -> String { "<p>\(SVG.escaped(text))</p>\n" }

  /// A table that scrolls sideways where it is too wide; the first cell of a row is its heading.
  static func grid(_ caption: String, _ head: [String], _ rows: [[String]]) -> String {
    let titles = head.map { "<th scope=\"col\">\(SVG.escaped($0))</th>" }.joined()
    let lines = rows.map { cells in
      let name = cells.prefix(1).map { "<th scope=\"row\"\(width(of: $0))>\(SVG.escaped($0))</th>" }
      let values = cells.dropFirst().map { "<td\(width(of: $0))>\(SVG.escaped($0))</td>" }
      return "<tr>\((name + values).joined())</tr>\n"
    }.joined()
    return """
      <div class="wide"><table><caption>\(SVG.escaped(caption))</caption>
      <thead><tr>\(titles)</tr></thead>
      <tbody>
      \(lines)</tbody></table></div>

      """
  }

  /// Lets a cell break words where one of its words, as a digest, would make the table too wide.
  private static func width(of cell: String) -> String {
    cell.split(separator: " ").contains { $0.count > 24 } ? " class=\"long\"" : ""
  }

  /// Content that is shown when its summary is chosen; on paper it is left out.
  static func folded(_ summary: String, _ content: String) -> String {
    "<details><summary>\(SVG.escaped(summary))</summary>\n\(content)</details>\n"
  }

  /// Content with words below it.
  static func figure(_ content: String, _ caption: String) -> String {
    "<figure>\n\(content)<figcaption>\(SVG.escaped(caption))</figcaption>\n</figure>\n"
  }

  /// A picture inside of the page.
  ///
  /// - Parameters:
  ///   - image: its pixels.
  ///   - alternative: what it shows, for those who do not see it.
  ///   - width: its width on a screen, in pixels.
  /// - Throws: `DatasetError` if there is no memory for it.
  /// - Returns: the element `img`.
  static func picture(
    _ image: RasterImage, _ alternative: String, width: Int
  ) throws -> String {
    let bytes = try PNGEncoder.encode(image, at: FileLocation("a picture of the report"))
    let words = SVG.escaped(alternative)
    return """
      <img alt="\(words)" width="\(width)" \
      src="data:image/png;base64,\(Data(bytes).base64EncodedString())"/>

      """
  }

  /// A whole page: it needs no other file, no network and no script.
  static func page(title: String, _ content: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <title>\(SVG.escaped(title))</title>
    <style>
    \(style)
    </style>
    </head>
    <body>
    <main>
    \(content)</main>
    </body>
    </html>

    """
  }

  /// The colours are those of Okabe and Ito, on black lighter ones; curves have dashes too, for grey paper.
  private static let style = """
    :root { color-scheme: light dark; --paper: #ffffff; --ink: #1a1a1a; --line: #767676;
      --c0: #0072b2; --c1: #d55e00; --c2: #007a5a; --c3: #a8488f; --c4: #8a6100; --c5: #00698f;
      --c6: #6b6b00; --c7: #000000; }
    @media (prefers-color-scheme: dark) { :root { --paper: #14161a; --ink: #e8e8e8; --line: #8c8c8c;
      --c0: #56b4e9; --c1: #ff9d57; --c2: #34d1a4; --c3: #e79fc9; --c4: #e69f00; --c5: #8fd3ff;
      --c6: #f0e442; --c7: #ffffff; } }
    body { margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
    h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
    .wide { overflow-x: auto; }
    table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
    caption { text-align: left; font-weight: bold; }
    th, td { text-align: left; padding: 0.2rem 1rem 0.2rem 0; vertical-align: top;
      border-bottom: 1px solid var(--line); min-width: 4rem; }
    .long { overflow-wrap: anywhere; min-width: 12rem; }
    figure { margin: 1rem 0; break-inside: avoid; }
    figure.small { display: inline-block; margin: 0 1rem 1rem 0; max-width: 12rem;
      vertical-align: top; }
    svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
    svg text { fill: currentColor; }
    svg .grid { stroke: var(--line); stroke-opacity: 0.4; }
    svg .mark { stroke: var(--line); stroke-dasharray: 2 3; }
    svg .thin { stroke-width: 0.7; stroke-opacity: 0.5; }
    svg .bold { stroke-width: 2; }
    \((0..<8).map { "svg .c\($0) { stroke: var(--c\($0)); }" }.joined(separator: "\n"))
    img { max-width: 100%; height: auto; image-rendering: pixelated; background: #ffffff; }
    summary { cursor: pointer; }
    @media print { body { font-size: 10pt; } details { display: none; } h2 { break-after: avoid; } }
    """
}
