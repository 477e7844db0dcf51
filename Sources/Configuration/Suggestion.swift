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

/// The word among `candidates` that takes the fewest slips to become `word`, if they are few enough.
///
/// Few is a third of the letters: more slips make another word of it. The first of equally near ones counts.
func nearest(to word: String, in candidates: [String]) -> String? {
  precondition(!candidates.isEmpty, "no candidates for \(word)")
  let (letters, others) = (Array(word.lowercased()), candidates.map { Array($0.lowercased()) })
  let distances = others.map { editDistance($0, letters) }
  let best = candidates.indices.min { distances[$0] < distances[$1] } ?? 0
  if 3 * distances[best] <= min(letters.count, others[best].count) { return candidates[best] }
  // A word that was cut short.
  let longer = candidates.filter { $0.lowercased().hasPrefix(word.lowercased()) }
  return letters.count >= 3 && longer.count == 1 ? longer[0] : nil
}

/// The fewest insertions, deletions, replacements and swaps of neighbouring characters that make `a` into `b`.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
  var older: [Int] = []
  var before = Array(0...b.count)
  for row in a.indices {
    var now = [row + 1]
    for column in b.indices {
      let replaced = before[column] + (a[row] == b[column] ? 0 : 1)
      var least = min(replaced, before[column + 1] + 1, now[column] + 1)
      if row > 0 && column > 0 && a[row] == b[column - 1] && a[row - 1] == b[column] {
        least = min(least, older[column - 1] + 1)
      }
      now.append(least)
    }
    (older, before) = (before, now)
  }
  return before[b.count]
}

extension TrainingConfiguration {
  /// What to say of an unknown key: the one that was probably meant, or those that are there.
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

  /// Names keys that other tools call by fewer words, as batch_size, or by more, as max_epochs; nil where none are.
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
