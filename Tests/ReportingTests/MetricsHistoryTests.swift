import Foundation
import TestSupport
import Testing

@testable import Reporting

@Suite("The history of a run")
struct MetricsHistoryTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func history(_ lines: String...) throws -> [RecordedEvent] {
    let text = lines.joined(separator: "\n")
    return try MetricsReader.history(of: folder.write(text, to: "metrics.jsonl"))
  }

  @Test(
    "Steps that a later start has computed again count once, if the file was not cut off too")
  func resumed() throws {
    let events = try history(
      #"{"event":"start","resumed_from":null}"#, #"{"event":"step","step":1,"loss":3}"#,
      #"{"event":"step","step":2,"loss":9}"#, #"{"event":"start","resumed_from":1}"#,
      #"{"event":"step","step":2,"loss":2}"#, "")
    #expect(events.map(\.name) == ["start", "step", "start", "step"])
    #expect(events.compactMap { $0.numbers["loss"] } == [3, 2])
    #expect(events.map { $0.integer("resumed_from") } == [nil, nil, 1, nil])
  }

  @Test("A line that a crash has cut off is left out, and one that was edited is an error")
  func damaged() throws {
    let start = #"{"event":"start"}"#
    #expect(try history(start, #"{"event":"step","st"#, #"{"event":"end"}"#, "").count == 2)
    let error = try #require(throws: MetricsError.self) {
      try history(start, #"{"event":"step","step":}"#, #"{"event":"end"}"#, "")
    }
    #expect(error.description.contains("metrics.jsonl: line 2 is not a record"), "\(error)")
  }

  @Test("A file without a start is none of a run")
  func others() throws {
    for lines in [[""], [#"{"event":"step","step":1}"#, ""]] {
      let file = try folder.write(lines.joined(separator: "\n"), to: "other.jsonl")
      let error = try #require(throws: MetricsError.self) { try MetricsReader.history(of: file) }
      #expect(error.description.contains("name the directory of a run"), "\(error)")
    }
  }
}
