import Foundation
import Testing

@testable import Reporting

@Suite("JSON for programs")
struct JSONTextTests {
  private struct Inner: Encodable {
    let lossSpread: Double?
    let values: [Float]
  }

  private struct Outer: Encodable {
    let perplexity: Double
    let name: String
    let inner: Inner
    let map: [String: Double]
  }

  @Test("A number that is not finite is null everywhere", arguments: [false, true])
  func notFinite(isPretty: Bool) throws {
    let value = Outer(
      perplexity: .infinity, name: "inf \"null\" NaN",
      inner: Inner(lossSpread: -.infinity, values: [1.5, .nan, -.infinity]),
      map: ["a": .nan, "b": 0.25])
    let data = try JSONText.encode(value, isPretty: isPretty)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
    let expected: NSDictionary = [
      "perplexity": NSNull(), "name": "inf \"null\" NaN",
      "inner": ["loss_spread": NSNull(), "values": [1.5, NSNull(), NSNull()]],
      "map": ["a": NSNull(), "b": 0.25],
    ]
    #expect(object == expected, "\(String(decoding: data, as: UTF8.self))")
  }

  @Test("A line of the metrics does the same")
  func line() {
    var line = JSONLine(event: "evaluation")
    line.add("perplexity", Double.infinity)
    line.add("loss", 1596.5)
    #expect(line.text == #"{"event":"evaluation","perplexity":null,"loss":1596.5}"#)
  }
}
