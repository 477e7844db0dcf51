import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite("Metrics")
struct MetricsFileTests {
  @Test("Lines are JSON whose keys keep their order")
  func lines() throws {
    var line = JSONLine(event: "step")
    line.add("loss", 0.1)
    line.add("name", "a \"b\"\n\\")
    line.add("nothing", Double.nan)
    line.add("list", [1, 2])
    #expect(
      line.text
        == #"{"event":"step","loss":0.1,"name":"a \"b\"\n\\","nothing":null,"list":[1,2]}"#)
    let object = try JSONSerialization.jsonObject(with: Data(line.text.utf8)) as? [String: Any]
    #expect(object?["name"] as? String == "a \"b\"\n\\")
  }

  @Test("A line that a crash cut off does not corrupt the next")
  func cutOff() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "metrics-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try #"{"event":"st"#.write(toFile: path, atomically: true, encoding: .utf8)
    for _ in 1...2 { #expect(try MetricsFile(path: path).write(JSONLine(event: "end")) == nil) }
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text == "{\"event\":\"end\"}\n{\"event\":\"end\"}\n")
  }

  @Test("A file that was changed is cut at the end of a line, and text of others stays")
  func changed() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.jsonl"
    try folder.write("{\"event\":\"step\"}\r\n{\"event\":\"step\"}\r\n", to: "metrics.jsonl")
    // As many bytes as the lines had before somebody gave them other ends.
    #expect(
      try MetricsFile(path: path, keeping: KeptMetrics(bytes: 34)).write(JSONLine(event: "end"))
        == nil)
    #expect(try folder.text(of: "metrics.jsonl") == "{\"event\":\"step\"}\r\n{\"event\":\"end\"}\n")
    try folder.write("a note", to: "metrics.jsonl")
    #expect(try MetricsFile(path: path).write(JSONLine(event: "end")) == nil)
    #expect(try folder.text(of: "metrics.jsonl") == "a note\n{\"event\":\"end\"}\n")
  }

  @Test("What was written after a checkpoint goes when a run resumes from it")
  func truncated() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/metrics.jsonl"
    let first = try MetricsFile(path: path)
    #expect(first.write(JSONLine(event: "start")) == nil)
    let length = first.length
    #expect(first.write(JSONLine(event: "step")) == nil)
    let second = try MetricsFile(path: path, keeping: KeptMetrics(bytes: length))
    #expect(second.length == length)
    #expect(second.write(JSONLine(event: "end")) == nil)
    #expect(
      try folder.text(of: "metrics.jsonl") == "{\"event\":\"start\"}\n{\"event\":\"end\"}\n")
    // A file that is shorter than the state says was cut by something else: nothing is made up.
    let kept = KeptMetrics(bytes: 10_000)
    #expect(try MetricsFile(path: path, keeping: kept).length == length + 16)
  }
}
