import Files

/// What to say of an unknown `word`: the known one that was probably meant, or all that are known.
///
/// A known word was probably meant if `word` is within a few typing errors of it, or its beginning.
///
/// - Parameters:
///   - word: what was written.
///   - known: all words that would be right, in the order in which they are listed.
///   - list: what the list is called, as in "the subcommands".
/// - Returns: a clause, as in "the nearest known one is train" or "the subcommands are train, evaluate".
/// - Precondition: `known` is not empty.
public func suggestion(for word: String, among known: [String], called list: String) -> String {
  if let near = nearest(to: word, in: known) { return "the nearest known one is \(near)" }
  return "\(list) are \(known.joined(separator: ", "))"
}

extension TrainingConfiguration {
  /// What to say of an unknown key: the one that was probably meant, or those that are there.
  ///
  /// A name that other tools have for a key counts before similar spelling: see `Synonyms`.
  ///
  /// Names are compared without their tables, which are often the part that is right: first with those of
  /// the same table, then with all.
  package static func suggestion(forKey key: String) -> String {
    let parts = key.split(separator: ".", omittingEmptySubsequences: false)
    let table = parts.dropLast().joined(separator: ".")
    let name = parts.last.map(String.init) ?? key
    let neighbours = settings.filter { $0.table == table }
    if !key.isEmpty, let setting = settings.first(where: { $0.table == key }) {
      return "[\(key)] is a table of keys, as in \(setting.key)"
    }
    if let setting = settings.first(where: { key.hasPrefix($0.key + ".") }) {
      return "\(setting.key) is a key, not a table"
    }
    if let hint = Synonyms.hint(forKey: key) { return hint }
    if let setting = nearestSetting(to: name, among: neighbours)
      ?? settings.first(where: { $0.name == name })
    {
      return "the nearest known one is \(setting.key)"
    }
    if let related = related(name, neighbours) ?? related(name, settings) { return related }
    if let setting = nearestSetting(to: name, among: settings) {
      return "the nearest known one is \(setting.key)"
    }
    if table.isEmpty || neighbours.isEmpty {
      let tables = settings.map(\.table).reduce(into: [String]()) { tables, table in
        if !table.isEmpty && !tables.contains(table) { tables.append(table) }
      }
      return
        "the tables are \(tables.joined(separator: ", ")), and gmlp-train inspect --keys lists "
        + "all keys"
    }
    return "the keys of [\(table)] are \(neighbours.map(\.name).joined(separator: ", "))"
  }

  private static func nearestSetting(to name: String, among candidates: [Setting]) -> Setting? {
    guard !candidates.isEmpty else { return nil }
    let near = nearest(to: name, in: candidates.map(\.name))
    return candidates.first { $0.name == near }
  }

  /// Names keys that other tools call by fewer words, as batch_size, or by more, as max_epochs; nil if none are.
  private static func related(_ name: String, _ candidates: [Setting]) -> String? {
    let keys = candidates.filter {
      $0.name.hasSuffix("_\(name)") || name.hasSuffix("_\($0.name)")
    }.map(\.key)
    guard let first = keys.first else { return nil }
    return keys.count == 1
      ? "the nearest known one is \(first)"
      : "the nearest known ones are \(keys.joined(separator: ", "))"
  }
}
