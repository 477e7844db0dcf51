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
    for candidates in [neighbours, settings] where !candidates.isEmpty {
      if let near = nearest(to: name, in: candidates.map(\.name)),
        let setting = candidates.first(where: { $0.name == near })
      {
        return "the nearest known one is \(setting.key)"
      }
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
}
