import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite("The page about a run")
struct WatchPageTests {
  private static let start =
    #"{"event":"start","ranks":2,"threads":1,"hosts":["a","b"],"products":"portable","#
    + #""precision":"fp32","processor":"Some CPU","resumed_from":null,"#
    + #""time":"1970-01-01T00:01:40.500Z"}"#

  private static func step(_ number: Int, loss: String) -> String {
    #"{"event":"step","step":\#(number),"epoch":1,"loss":\#(loss),"accuracy":0.5,"#
      + #""step_seconds":0.1,"time":"1970-01-01T00:01:50.000Z"}"#
  }

  private static func page(_ lines: [String]) throws -> WatchPage {
    var page = WatchPage(title: "runs/x")
    for line in lines { page.add(try #require(RecordedEvent(line: Data(line.utf8)))) }
    return page
  }

  @Test("State, ranks and curves fit the terminal's columns")
  func page() throws {
    let page = try Self.page([
      Self.start, Self.step(1, loss: "2.5"), Self.step(2, loss: "1.5"),
      #"{"event":"straggler","step":2,"rank":1,"speed":0.5,"cost_seconds":0.012}"#,
    ])
    let lines = page.lines(columns: 80, now: 113)
    #expect(lines[0].hasPrefix("runs/x: training, step 2, epoch 1"))
    #expect(lines[1] == "2 ranks × 1 thread on a, b; portable, fp32, Some CPU")
    let loss = try #require(lines.first { $0.hasPrefix("loss ") })
    #expect(loss.contains("1.5000") && loss.hasSuffix("█▁"), "\(loss)")
    #expect(lines.last == "rank 1 computes at 0.50 of the others' speed, 12.0 ms a step")
    for columns in [10, 33, 60] {
      #expect(page.lines(columns: columns, now: 113).allSatisfy { $0.count <= columns })
    }
  }

  @Test("A rank that has recovered is slow no more, and an ended run says how")
  func recovery() throws {
    let page = try Self.page([
      Self.start, Self.step(1, loss: "2.5"),
      #"{"event":"straggler","step":2,"rank":1,"speed":0.5,"cost_seconds":0.012}"#,
      #"{"event":"straggler","step":3,"rank":1,"speed":1,"cost_seconds":0}"#,
      #"{"event":"end","step":3,"reason":"stopped","weights_sha256":""}"#,
    ])
    let lines = page.lines(columns: 80, now: 1e9)
    #expect(lines[0] == "runs/x: stopped, step 1, epoch 1")
    #expect(lines.last == "no rank is slower than the others")
  }

  @Test("A run that has written nothing for long is said to be silent")
  func silence() throws {
    let page = try Self.page([Self.start, Self.step(1, loss: "2.5")])
    let line = page.lines(columns: 80, now: 110 + 3_600)[0]
    #expect(line.hasPrefix("runs/x: silent, step 1"), "\(line)")
  }

  @Test("Curves go from the smallest to the largest value, and show what is not finite")
  func curves() {
    #expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], columns: 8) == "▁▂▃▄▅▆▇█")
    #expect(sparkline([0, 0, 8, 8], columns: 2) == "▁█")
    #expect(sparkline([3, 3], columns: 9) == "▄▄")
    #expect(sparkline([1, .nan, 2], columns: 3) == "▁!█")
    #expect(sparkline([.nan], columns: 3) == "!")
    #expect(sparkline([], columns: 3) == "")
  }

  @Test("Events have their time, numbers, texts and lists; null is not a number")
  func events() throws {
    let event = try #require(RecordedEvent(line: Data(Self.start.utf8)))
    #expect(event.name == "start" && event.time == 100.5)
    #expect(event.numbers["ranks"] == 2 && event.numbers["resumed_from"]?.isNaN == true)
    #expect(event.texts["products"] == "portable" && event.lists["hosts"] == ["a", "b"])
    #expect(event.step == nil)
    #expect(RecordedEvent(line: Data(#"{"event":"st"#.utf8)) == nil)
  }

  @Test(
    "Numbers are read with all their bits",
    arguments: [1.0986122886681093, 0.1, 1e-300, 1.7976931348623157e308, -2.5e-7, 12_345.0])
  func numbers(value: Double) throws {
    let line = Data("{\"event\":\"step\",\"loss\":\(value)}".utf8)
    #expect(try #require(RecordedEvent(line: line)).numbers["loss"] == value)
  }

  @Test("A growing file is read on, and from its beginning after a resume has cut it off")
  func reader() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(#"{"event":"start"}"# + "\n" + #"{"event":"st"#, to: "m.jsonl")
    var reader = MetricsReader(path: path)
    #expect(try reader.read().events.map(\.name) == ["start"])
    try folder.write(#"{"event":"start"}"# + "\n" + #"{"event":"step"}"# + "\n", to: "m.jsonl")
    let next = try reader.read()
    #expect(next.events.map(\.name) == ["step"] && !next.isAnew)
    #expect(try reader.read().events.isEmpty)
    // Longer than before, and yet another file.
    try folder.write(
      #"{"event":"start","a":1}"# + "\n" + #"{"event":"end"}"# + "\n{}\n", to: "m.jsonl")
    let again = try reader.read()
    #expect(again.events.map(\.name) == ["start", "end"] && again.isAnew)
    #expect(throws: MetricsError.self) {
      var missing = MetricsReader(path: "\(folder.path)/none")
      _ = try missing.read()
    }
  }
}
