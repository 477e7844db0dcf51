import Reporting
import Testing

@Suite("SVG")
struct SVGTests {
  @Test("Text is escaped for elements and attributes, and has no character that XML cannot write")
  func escaping() {
    #expect(SVG.escaped("a<b>&\"c'\u{1B}\u{FFFE}") == "a&lt;b&gt;&amp;&quot;c&#39;  ")
    #expect(SVG.text(1, 2, "<", "start").hasSuffix(">&lt;</text>"))
  }

  @Test("A figure is named by its title and its summary")
  func figure() {
    let figure = SVG.figure(10, 20, id: "loss", title: "a & b", summary: "falls", [])
    #expect(figure.contains("aria-labelledby=\"loss-title loss-summary\""))
    #expect(figure.contains("<title id=\"loss-title\">a &amp; b</title>"))
    #expect(figure.contains("<desc id=\"loss-summary\">falls</desc>"))
  }

  @Test("A line through places has one pair of numbers for each")
  func polyline() {
    let line = SVG.polyline([(x: 1, y: 2), (x: 3.25, y: 4)], "stroke=\"red\"")
    #expect(line == "<polyline fill=\"none\" stroke=\"red\" points=\"1.0,2.0 3.2,4.0\"/>")
  }
}
