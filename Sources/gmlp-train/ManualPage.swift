import Platform

/// A man page in roff, by the macros of man(7): the text of the help, in the order that readers of manuals expect.
struct ManualPage {
  /// The words of the command joined by dashes, as in "gmlp-train-prepare-text".
  let name: String
  /// The whole page.
  let roff: String

  /// The pages of a command and of all below it.
  ///
  /// - Parameters:
  ///   - command: what the argument parser tells of it.
  ///   - path: the words before its own.
  /// - Returns: its own page first.
  static func all(of command: CommandHelp, below path: [String] = []) -> [ManualPage] {
    let words = path + [command.commandName]
    return [ManualPage(of: command, words: words)]
      + command.listedSubcommands.flatMap { all(of: $0, below: words) }
  }

  private init(of command: CommandHelp, words: [String]) {
    name = words.joined(separator: "-")
    let sections = [
      // Without a date: the same version gives the same bytes.
      Self.line(
        ".TH", [name.uppercased(), "1", "", "gmlp-train \(Version.current)", "gmlp-train"]),
      // Left alone by hyphens and wide blanks, what is typed can be copied.
      ".nh\n.ad l",
      Self.section("NAME", "\(Self.text(name)) \\- \(Self.text(command.abstract ?? ""))"),
      Self.section("SYNOPSIS", Self.synopsis(of: command, words)),
      Self.section("DESCRIPTION", Self.description(of: command)),
      Self.section(
        "SUBCOMMANDS",
        command.listedSubcommands.map { Self.entry(of: $0, in: command) }.joined(separator: "\n")),
      Self.section(
        "ARGUMENTS", Self.entries(command.listedArguments.filter { $0.kind == .positional })),
      Self.section(
        "OPTIONS", Self.entries(command.listedArguments.filter { $0.kind != .positional })),
      Self.section("SEE ALSO", Self.related(to: command, words)),
    ]
    roff = sections.filter { !$0.isEmpty }.joined(separator: "\n") + "\n"
  }

  /// The command with what it cannot do without.
  private static func synopsis(of command: CommandHelp, _ words: [String]) -> String {
    var parts = [bold(words.joined(separator: " "))]
    if !command.listedSubcommands.isEmpty {
      let word = italic("subcommand")
      parts.append(command.defaultSubcommand == nil ? word : "[\(word)]")
    }
    parts.append("[\(italic("options"))]")
    for argument in command.listedArguments {
      let words = usage(of: argument)
      if argument.kind == .positional {
        parts.append(argument.isOptional ? "[\(words)]" : words)
      } else if argument.kind == .option && !argument.isOptional {
        parts.append(words)
      }
    }
    return parts.joined(separator: " ")
  }

  /// The paragraphs of the discussion: of several lines, or a command, as they stand; others filled.
  private static func description(of command: CommandHelp) -> String {
    let paragraphs = (command.discussion ?? "").split(separator: "\n\n")
    return paragraphs.map { paragraph in
      let isCode = paragraph.contains("\n") || paragraph.hasPrefix("gmlp-train ")
      let words = text(String(paragraph))
      return isCode ? ".PP\n.nf\n\(words)\n.fi" : ".PP\n\(words)"
    }.joined(separator: "\n")
  }

  private static func entry(of subcommand: CommandHelp, in command: CommandHelp) -> String {
    let isDefault = subcommand.commandName == command.defaultSubcommand
    return ".TP\n\(bold(subcommand.commandName))\(isDefault ? " (default)" : "")\n"
      + text(subcommand.abstract ?? "")
  }

  private static func entries(_ arguments: [CommandHelp.ArgumentHelp]) -> String {
    arguments.map { argument in
      var remarks: [String] = []
      if let values = argument.allValues {
        remarks.append("values: \(values.joined(separator: ", "))")
      }
      if let value = argument.defaultValue { remarks.append("default: \(value)") }
      let remark = remarks.isEmpty ? "" : "(\(remarks.joined(separator: "; ")))"
      let words = [argument.abstract ?? "", remark].filter { !$0.isEmpty }
      return ".TP\n\(usage(of: argument))\n\(text(words.joined(separator: " ")))"
    }.joined(separator: "\n")
  }

  /// How an argument is typed, as in **--run-dir** *folder*.
  private static func usage(of argument: CommandHelp.ArgumentHelp) -> String {
    let value = italic(argument.valueName ?? "value")
    let dots = argument.isRepeating ? " .\\|.\\|." : ""
    if argument.kind == .positional { return value + dots }
    let names = (argument.names ?? []).map { bold($0.word) }.joined(separator: ", ")
    return argument.kind == .flag ? names : "\(names) \(value)"
  }

  /// The pages above and below.
  private static func related(to command: CommandHelp, _ words: [String]) -> String {
    let above = words.count > 1 ? [words.dropLast().joined(separator: "-")] : []
    let below = command.listedSubcommands.map { (words + [$0.commandName]).joined(separator: "-") }
    return (above + below).map { "\(bold($0))(1)" }.joined(separator: ",\n")
  }

  private static func section(_ title: String, _ body: String) -> String {
    body.isEmpty ? "" : "\(line(".SH", [title]))\n\(body)"
  }

  private static func line(_ macro: String, _ words: [String]) -> String {
    ([macro] + words.map { "\"\(text($0))\"" }).joined(separator: " ")
  }

  private static func bold(_ words: String) -> String { "\\fB\(text(words))\\fR" }

  private static func italic(_ words: String) -> String { "\\fI\(text(words))\\fR" }

  /// Words in which roff sees nothing to obey, and which it prints in ASCII where they are ASCII.
  private static func text(_ words: String) -> String {
    var text = ""
    for line in words.split(separator: "\n", omittingEmptySubsequences: false) {
      if !text.isEmpty { text += "\n" }
      // A request begins with one of these.
      if line.hasPrefix(".") || line.hasPrefix("'") { text += "\\&" }
      for character in line {
        text += escapes[character] ?? String(character)
      }
    }
    return text
  }

  private static let escapes: [Character: String] = [
    "\\": "\\e", "-": "\\-", "'": "\\(aq", "\"": "\\(dq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti",
  ]
}
