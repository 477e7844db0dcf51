/// What to say of words that are not known here.
extension Synonyms {
  /// The word as the lists have it.
  private static func normalized(_ word: String) -> String {
    word.lowercased().replacing("-", with: "_")
  }

  /// The note of a key in brackets; empty if there is none.
  private static func note(of key: Key?) -> String {
    key?.note.map { " (\($0))" } ?? ""
  }

  private static func remark(on word: String) -> String? {
    remarks.first { $0.words.contains(word) }?.remark
  }

  /// The key that has the name `word`, with or without a table, elsewhere.
  private static func key(called word: String) -> Key? {
    let name = word.split(separator: ".").last.map(String.init) ?? word
    return keys.first { $0.words.contains(word) } ?? keys.first { $0.words.contains(name) }
  }

  /// What to say of an unknown key that other tools have; nil if none is known to.
  package static func hint(forKey key: String) -> String? {
    let word = normalized(key)
    if let found = Self.key(called: word) {
      return "here it is \(found.key)" + note(of: found)
    }
    return remark(on: word.split(separator: ".").last.map(String.init) ?? word)
  }

  /// What to say of an unknown subcommand that other tools have; nil if none is known to.
  package static func hint(forCommand word: String) -> String? {
    let word = normalized(word)
    return commands.first { $0.words.contains(word) }.map { "here it is gmlp-train \($0.target)" }
  }

  /// What to say of an unknown preset that other tools have; nil if none is known to.
  package static func hint(forPreset name: String) -> String? {
    // A tag behind a point says how timm's weights were trained.
    let word = normalized(String(name.prefix { $0 != "." }))
    return presets.first { $0.words.contains(word) }.map { "here it is \($0.target)" }
  }

  /// What to say of an unknown option that other tools have, or that is a key; nil if neither is so.
  ///
  /// - Parameters:
  ///   - name: the option without dashes before it.
  ///   - offers: whether the command has an option, as in `--set`.
  /// - Returns: a clause, as in "here it is --lr".
  package static func hint(forOption name: String, offers: (String) -> Bool) -> String? {
    let word = normalized(name)
    if let remark = remark(on: word) { return remark }
    if let option = options.first(where: { $0.words.contains(word) && offers($0.target) }) {
      return "here it is \(option.target)"
    }
    let named = TrainingConfiguration.settings.filter { $0.key == word || $0.name == word }
    let synonym = named.count == 1 ? nil : Self.key(called: word)
    guard let meant = named.count == 1 ? named[0].key : synonym?.key else { return nil }
    if let short = optionsOfKeys.first(where: { $0.key == meant })?.option, offers(short) {
      return "here it is \(short)"
    }
    guard offers("--set") else { return nil }
    return "here it is --set \(meant)=…" + note(of: synonym)
  }
}
