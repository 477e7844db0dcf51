public import Configuration

extension TrainingConfiguration {
  /// Every key with its default and its meaning as a table in Markdown.
  ///
  /// The table in `docs/configuration.md` is this text.
  public static var keyTable: String {
    let defaults = TrainingConfiguration()
    let width = settings.map { $0.key.count + 2 }.max() ?? 0
    func row(_ key: String, _ value: String, _ meaning: String) -> String {
      let padding = String(repeating: " ", count: max(width - key.count, 0))
      return "| \(key)\(padding) | \(value) | \(meaning) |"
    }
    var lines = [row("key", "default", "meaning"), row("---", "---", "---")]
    for setting in settings {
      let mark =
        switch setting.role {
        case .identity: ""
        case .changeable: " (may change on resume)"
        case .changeableIfPortable: " (some models: may change on resume)"
        }
      lines.append(
        row("`\(setting.key)`", "`\(setting.value(in: defaults))`", setting.meaning + mark))
    }
    return lines.joined(separator: "\n")
  }
}
