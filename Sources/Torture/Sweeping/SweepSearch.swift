import Configuration
import Randomness
import TOMLKit

/// The combinations of values that a sweep tries: those of its `[grid]`, or those drawn for its `[random]`.
struct SweepSearch {
  /// A value for each of some keys.
  struct Point: Equatable {
    /// What it is called in tables, as in "learning_rate=0.001, num_layers=4".
    let name: String
    /// The values, as `key=value`.
    let assignments: [String]
  }

  /// The combinations; none if the sweep has neither table.
  let points: [Point]

  /// More are not meant.
  private static let mostPoints = 1_000

  private typealias Entry = (key: String, value: any TOMLValueConvertible)

  /// Reads the tables of a sweep.
  ///
  /// - Parameters:
  ///   - sweep: its outermost table.
  ///   - file: begins the messages.
  /// - Throws: ``ConfigurationError``.
  init(_ sweep: TOMLTable, _ file: String) throws(ConfigurationError) {
    let grid: (any TOMLValueConvertible)? = sweep["grid"]
    let random: (any TOMLValueConvertible)? = sweep["random"]
    switch (grid, random) {
    case (nil, nil): points = []
    case (let grid?, nil): points = try Self.grid(grid, "\(file): [grid]")
    case (nil, let random?): points = try Self.random(random, "\(file): [random]")
    case (_?, _?): throw ConfigurationError("\(file): [grid] and [random]: give only one of them")
    }
  }

  /// Every combination; the last key changes fastest.
  private static func grid(
    _ value: any TOMLValueConvertible, _ origin: String
  ) throws(ConfigurationError) -> [Point] {
    let entries = try entries(of: value, besides: [], origin)
    var combinations: [[String]] = [[]]
    for entry in entries {
      let values = try list(entry, origin)
      guard combinations.count * values.count <= mostPoints else {
        throw ConfigurationError(
          "\(origin): has more than \(mostPoints) combinations; leave some values out, or draw a "
            + "number of them with [random]")
      }
      combinations = combinations.flatMap { start in values.map { start + [$0] } }
    }
    return combinations.map { point(entries.map(\.key), $0) }
  }

  /// Where the values of a key are drawn from.
  private enum Choice {
    case list([String])
    case range(SweepRange)

    func value(_ key: RandomKey) -> String {
      switch self {
      case .list(let values): values[key.integer(0, below: values.count)]
      case .range(let range): range.value(key)
      }
    }
  }

  /// As many different combinations as `count` says.
  ///
  /// A combination is decided by the seed and its number, so a larger `count` keeps those of a smaller one.
  private static func random(
    _ value: any TOMLValueConvertible, _ origin: String
  ) throws(ConfigurationError) -> [Point] {
    let entries = try entries(of: value, besides: ["count", "seed"], origin)
    guard let table = value.table, let written = table["count"], let count = Int(toml: written),
      (1...mostPoints).contains(count)
    else {
      throw ConfigurationError(
        "\(origin): count must be the number of combinations to try, from 1 to \(mostPoints)")
    }
    var seed: UInt64 = 0
    if let written = table["seed"] {
      guard let number = UInt64(toml: written) else {
        throw ConfigurationError("\(origin): seed must be \(UInt64.kind)")
      }
      seed = number
    }
    var choices: [Choice] = []
    for entry in entries {
      if let table = entry.value.table {
        choices.append(.range(try SweepRange(table, "\(origin): \(entry.key)")))
      } else {
        choices.append(.list(try list(entry, origin)))
      }
    }
    var combinations: [[String]] = []
    var known: Set<[String]> = []
    for draw in 0..<100 * count where combinations.count < count {
      let values = choices.enumerated().map { index, choice in
        choice.value(RandomKey(seed: seed, purpose: .search, time: draw, sample: index))
      }
      if known.insert(values).inserted { combinations.append(values) }
    }
    guard combinations.count == count else {
      throw ConfigurationError(
        "\(origin): count = \(count), but only \(combinations.count) different combinations were "
          + "found; lower it, or write [grid]")
    }
    return combinations.map { point(entries.map(\.key), $0) }
  }

  /// The keys in `value`, which is a table, with what is written for each.
  private static func entries(
    of value: any TOMLValueConvertible, besides words: Set<String>, _ origin: String
  ) throws(ConfigurationError) -> [Entry] {
    guard let table = value.table else {
      throw ConfigurationError(
        "\(origin): must be a table of keys, as in optimizer.learning_rate = [1e-3, 2e-3]")
    }
    let entries = collect(table, under: "").filter { !words.contains($0.key) }
    guard !entries.isEmpty else {
      throw ConfigurationError(
        "\(origin): has no keys; write some, as in optimizer.learning_rate = [1e-3, 2e-3]")
    }
    for (key, _) in entries {
      if key == "seed" {
        throw ConfigurationError("\(origin): seed: write the list seeds, above the tables")
      }
      guard TrainingConfiguration.settings.contains(where: { $0.key == key }) else {
        throw ConfigurationError(
          "\(origin): unknown key \(key); \(TrainingConfiguration.suggestion(forKey: key))")
      }
    }
    return entries
  }

  /// The values in `table` and the tables in it; a range is a value.
  private static func collect(_ table: TOMLTable, under prefix: String) -> [Entry] {
    table.keys.flatMap { key -> [Entry] in
      guard let value = table[key] else { return [] }
      let path = prefix.isEmpty ? key : "\(prefix).\(key)"
      if let inner = value.table, inner["from"] == nil, inner["to"] == nil {
        return collect(inner, under: path)
      }
      return [(path, value)]
    }
  }

  /// The values that are listed for a key.
  private static func list(
    _ entry: Entry, _ origin: String
  ) throws(ConfigurationError) -> [String] {
    guard let array = entry.value.array, array.count > 0 else {
      throw ConfigurationError(
        "\(origin): \(entry.key) must be a list of values, as in [1e-3, 2e-3]")
    }
    let values = (0..<array.count).compactMap { text(array[$0]) }
    guard values.count == array.count, Set(values).count == values.count else {
      throw ConfigurationError(
        "\(origin): \(entry.key) must be a list of different values, each as the key takes it")
    }
    return values
  }

  /// `value` as TOML; nil if no key takes such values.
  private static func text(_ value: any TOMLValueConvertible) -> String? {
    if let bool = Bool(toml: value) { return bool.toml }
    if let int = Int(toml: value) { return int.toml }
    if let double = Double(toml: value) { return double.toml }
    if let string = String(toml: value) { return string.toml }
    guard let array = value.array else { return nil }
    let elements = (0..<array.count).compactMap { text(array[$0]) }
    return elements.count == array.count ? "[\(elements.joined(separator: ", "))]" : nil
  }

  /// The combination of these values; keys are called by their names without tables where that is enough.
  private static func point(_ keys: [String], _ values: [String]) -> Point {
    let names = keys.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
    let parts = keys.indices.map { index in
      let isUnique = names.count { $0 == names[index] } == 1
      let value = values[index].filter { $0 != "\"" }
      return "\(isUnique ? names[index] : keys[index])=\(value)"
    }
    return Point(
      name: parts.joined(separator: ", "),
      assignments: zip(keys, values).map { "\($0)=\($1)" })
  }
}
