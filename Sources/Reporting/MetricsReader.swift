import Files
import Foundation

/// Reads a `metrics.jsonl` that may still grow.
package struct MetricsReader {
  /// The file.
  package let path: String

  /// The first line that ends as an object does and is no event, counted from 1; nil if there is none.
  private(set) var damagedLine: Int?

  private var offset: UInt64 = 0
  private var lines = 0
  /// The last bytes that were read: a resumed run that has cut the file off writes others.
  private var last = Data()

  /// A reader from the beginning on.
  package init(path: String) {
    self.path = path
  }

  /// The events that were written since the last call; a line without its end waits for the next one.
  ///
  /// - Throws: ``MetricsError`` if the file cannot be read.
  /// - Returns: the events, and whether they begin anew because earlier ones are void.
  package mutating func read() throws(MetricsError) -> (events: [RecordedEvent], isAnew: Bool) {
    do {
      let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      let isAnew = try offset > 0 && !continues(handle)
      if isAnew { (offset, lines, damagedLine, last) = (0, 0, nil, Data()) }
      try handle.seek(toOffset: offset)
      let data = try handle.readToEnd() ?? Data()
      guard let end = data.lastIndex(of: UInt8(ascii: "\n")) else { return ([], isAnew) }
      let whole = data[...end]
      offset += UInt64(whole.count)
      last = Data((last + whole).suffix(256))
      return (events(of: whole), isAnew)
    } catch {
      throw MetricsError(
        "\(path): cannot be read: \(error.reason); name the directory of a run that has begun")
    }
  }

  private mutating func events(of whole: Data) -> [RecordedEvent] {
    var events: [RecordedEvent] = []
    let all = whole.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // Nothing follows the last line break.
    for line in all.dropLast() {
      lines += 1
      if let event = RecordedEvent(line: Data(line)) {
        events.append(event)
      } else if line.last == UInt8(ascii: "}"), damagedLine == nil {
        // One that a crash has cut off ends in another way.
        damagedLine = lines
      }
    }
    return events
  }

  private func continues(_ handle: FileHandle) throws -> Bool {
    try handle.seek(toOffset: offset - UInt64(last.count))
    return try handle.read(upToCount: last.count) == last
  }
}

extension MetricsReader {
  /// The events of a whole file, without those of steps that a later start has computed again.
  ///
  /// - Throws: ``MetricsError`` if the file cannot be read, is damaged, or is none of a run.
  package static func history(of path: String) throws(MetricsError) -> [RecordedEvent] {
    var reader = MetricsReader(path: path)
    let all = try reader.read().events
    if let line = reader.damagedLine {
      throw MetricsError("\(path): line \(line) is not a record of a run; it was edited")
    }
    guard all.contains(where: { $0.name == "start" }) else {
      throw MetricsError("\(path): records no start of a run; name the directory of a run")
    }
    var kept: [RecordedEvent] = []
    for event in all {
      // Version 0.1.0 did not cut the file off when it resumed.
      if event.name == "start" {
        let resumed = event.integer("resumed_from") ?? 0
        kept.removeAll { ($0.step ?? 0) > resumed }
      }
      kept.append(event)
    }
    return kept
  }
}
