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
  package var step: Int? { integer("step") }

  /// A field that is a whole number; nil where it is missing or no such number.
  package func integer(_ field: String) -> Int? { numbers[field].flatMap { Int(exactly: $0) } }

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
      // Foundation reads a fraction as a decimal number, whose doubleValue may be off by one bit.
      case let number as NSNumber: numbers[key] = Double(number.stringValue) ?? number.doubleValue
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
