import Files
import Foundation
import TOMLKit

extension TrainingConfiguration {
  /// Reads a configuration file, then the assignments of the command line, over the defaults.
  ///
  /// - Parameters:
  ///   - file: the path of a TOML file, or nil for the defaults alone. Relative paths of data in it
  ///     count from its folder. One that came with an installed program is read as if it were in the
  ///     current folder.
  ///   - assignments: `key=value` with the value in TOML; a bare word is a string.
  /// - Throws: ``ConfigurationError`` for an unreadable file, text that is not TOML, an unknown key
  ///   or a value of another type. Ranges are checked by ``validate()``.
  public init(file: String?, assignments: [String] = []) throws(ConfigurationError) {
    self.init()
    if let file {
      try apply(try TOMLText(file: file, of: "a configuration"))
      let folder = (file as NSString).deletingLastPathComponent
      data.train = data.train.map { resolve($0, in: folder) }
      data.test = data.test.map { resolve($0, in: folder) }
      if !data.labels.isEmpty { data.labels = resolve(data.labels, in: folder) }
      // In a folder `configs` that is not there the system finds no `configs/../data`.
      if InstalledFiles.place(of: file) != file { self = withAbsolutePaths }
    }
    for assignment in assignments {
      try apply(assignment: assignment)
    }
  }

  /// Every key with its value, as the text of a file that gives this configuration again.
  public var toml: String {
    var text = ""
    var table = ""
    for setting in Self.settings {
      if setting.table != table {
        table = setting.table
        text += "\n[\(table)]\n"
      }
      text += "\(setting.name) = \(setting.value(in: self))\n"
    }
    return text
  }

  /// The same configuration, readable from any folder: paths of data count from the root.
  package var withAbsolutePaths: TrainingConfiguration {
    var configuration = self
    let current = FileManager.default.currentDirectoryPath
    func absolute(_ path: String) -> String { SystemPath.absolute(path, from: current) }
    configuration.data.train = data.train.map(absolute)
    configuration.data.test = data.test.map(absolute)
    if !data.labels.isEmpty { configuration.data.labels = absolute(data.labels) }
    return configuration
  }

  /// Assigns all values of the TOML `text`; `origin` begins the messages.
  public mutating func apply(toml text: String, from origin: String) throws(ConfigurationError) {
    try apply(TOMLText(text, from: origin))
  }

  private mutating func apply(_ text: TOMLText) throws(ConfigurationError) {
    let table = try text.table()
    defer { withExtendedLifetime(table) {} }
    try assign(table, under: "", from: text.origin)
  }

  /// Carries out one `key=value` of the command line.
  public mutating func apply(assignment: String) throws(ConfigurationError) {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw ConfigurationError("--set \(assignment): write key=value, as in train.epochs=3")
    }
    let key = assignment[..<equals].trimmingCharacters(in: .whitespaces)
    let value = assignment[assignment.index(after: equals)...].trimmingCharacters(in: .whitespaces)
    let table = Self.parse(value)
    // A value is stored in its table, which must outlive it.
    defer { withExtendedLifetime(table) {} }
    guard !value.isEmpty, let parsed = table["value"] else {
      throw ConfigurationError("--set \(assignment): has no value")
    }
    try assign(parsed, to: key, from: "--set \(assignment)")
    data.train = data.train.map(expandHome)
    data.test = data.test.map(expandHome)
    data.labels = expandHome(data.labels)
  }

  private static let tables = Set(settings.map(\.table))

  /// A table whose `value` is what `text` says in TOML.
  ///
  /// A word that is not TOML is meant as a string, so that a shell needs no inner quotes.
  private static func parse(_ text: String) -> TOMLTable {
    let word: TOMLTable = ["value": text]
    do {
      let table = try TOMLText("value = \(text)", from: "").table()
      return table.count == 1 ? table : word
    } catch {
      return word
    }
  }

  private mutating func assign(
    _ table: TOMLTable, under prefix: String, from origin: String
  ) throws(ConfigurationError) {
    for key in table.keys {
      guard let value = table[key] else { continue }
      let path = prefix.isEmpty ? key : "\(prefix).\(key)"
      // An unknown table is named by its first key, whose nearest neighbour is the better hint.
      if let inner = value.table, !inner.isEmpty || Self.tables.contains(path) {
        try assign(inner, under: path, from: origin)
      } else {
        try assign(value, to: path, from: origin)
      }
    }
  }

  private mutating func assign(
    _ value: any TOMLValueConvertible, to key: String, from origin: String
  ) throws(ConfigurationError) {
    guard let setting = Self.settings.first(where: { $0.key == key }) else {
      throw ConfigurationError("\(origin): unknown key \(key); \(Self.suggestion(forKey: key))")
    }
    guard setting.write(&self, value) else {
      throw ConfigurationError("\(origin): \(key) must be \(setting.kind)")
    }
  }
}

/// A path of data as seen from the current folder; `~` is the user's home.
private func resolve(_ path: String, in folder: String) -> String {
  let expanded = expandHome(path)
  if expanded.hasPrefix("/") || expanded != path || folder.isEmpty { return expanded }
  return (folder as NSString).appendingPathComponent(path)
}

/// The path with the user's home, or another user's, in place of `~`, as in a shell.
public func expandHome(_ path: String) -> String {
  guard path.hasPrefix("~") else { return path }
  if path == "~" || path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] {
    return home + path.dropFirst()
  }
  return (path as NSString).expandingTildeInPath
}
