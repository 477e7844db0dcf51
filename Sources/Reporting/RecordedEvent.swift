import Files
package import Foundation

/// An event that a run has written to its `metrics.jsonl`, as it is read again.
package struct RecordedEvent: Sendable {
  /// The kind of the event, as in `step`.
  package let name: String
  /// When it was written, in seconds since 1970; nil in files of version 0.1.0.
  package let time: Double?
  /// The fields that are numbers; null is NaN.
  package let numbers: [String: Double]
  /// The fields that are strings.
  package let texts: [String: String]
  /// The fields that are lists, with their elements as text.
  package let lists: [String: [String]]

  /// The step, of an event that has one.
  package var step: Int? { numbers["step"].flatMap { Int(exactly: $0) } }

  /// Reads a line; nil if it is no event, as where a crash has cut it off.
  package init?(line: Data) {
    let object: Any
    do {
      object = try JSONSerialization.jsonObject(with: line)
    } catch {
      return nil
    }
    guard let members = object as? [String: Any], let name = members["event"] as? String else {
      return nil
    }
    var numbers: [String: Double] = [:]
    var texts: [String: String] = [:]
    var lists: [String: [String]] = [:]
    for (key, value) in members {
      switch value {
      case let text as String: texts[key] = text
      case let number as NSNumber: numbers[key] = number.doubleValue
      case is NSNull: numbers[key] = .nan
      case let list as [Any]: lists[key] = list.map { "\($0)" }
      default: continue
      }
    }
    self.name = name
    time = texts["time"].flatMap(Self.seconds)
    (self.numbers, self.texts, self.lists) = (numbers, texts, lists)
  }

  private static func seconds(_ text: String) -> Double? {
    do {
      let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
      return try Date(text, strategy: style).timeIntervalSince1970
    } catch {
      return nil
    }
  }
}

/// Reads a `metrics.jsonl` that may still grow.
package struct MetricsReader {
  /// The file.
  package let path: String

  private var offset: UInt64 = 0
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
      if isAnew { (offset, last) = (0, Data()) }
      try handle.seek(toOffset: offset)
      let data = try handle.readToEnd() ?? Data()
      guard let end = data.lastIndex(of: UInt8(ascii: "\n")) else { return ([], isAnew) }
      let whole = data[...end]
      offset += UInt64(whole.count)
      last = Data((last + whole).suffix(256))
      let events = whole.split(separator: UInt8(ascii: "\n")).compactMap {
        RecordedEvent(line: Data($0))
      }
      return (events, isAnew)
    } catch {
      throw MetricsError(
        "\(path): cannot be read: \(error.reason); name the directory of a run that has begun")
    }
  }

  private func continues(_ handle: FileHandle) throws -> Bool {
    try handle.seek(toOffset: offset - UInt64(last.count))
    return try handle.read(upToCount: last.count) == last
  }
}
