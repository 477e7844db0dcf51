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
    if settings.contains(where: { $0.table == key }) {
      return
        "[\(key)] is a table of keys, as in \(key).\(settings.first { $0.table == key }?.name ?? "")"
    }
    if let setting = settings.first(where: { key.hasPrefix($0.key + ".") }) {
      return "\(setting.key) is a key and no table"
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
