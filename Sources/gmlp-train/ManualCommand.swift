import ArgumentParser
import Foundation
import Inspection
import Train

/// `gmlp-train manual`: the man pages, for those who install or package the program.
///
/// It is not listed: nobody who trains needs it.
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual",
    abstract: "Write a man page for each command into a folder.",
    discussion: """
      gmlp-train manual share/man/man1

      The folder must exist. The pages have the text of the help, and the same version gives the \
      same bytes.
      """,
    shouldDisplay: false)

  @Argument(help: "The folder of the pages.", completion: .directory)
  var folder: String

  func run() throws {
    SingleProcess.run {
      let help = Data(GMLPTrain._dumpHelp().utf8)
      let root = try JSONDecoder().decode(CommandHelp.Root.self, from: help).command
      for page in ManualPage.all(of: root) {
        try ResultFile("\(folder)/\(page.name).1").write(Array(page.roff.utf8))
      }
    }
  }
}

/// What the argument parser tells of a command: the part of its JSON that a man page needs.
struct CommandHelp: Decodable {
  /// The outermost object, around the command of the program.
  struct Root: Decodable {
    let command: CommandHelp
  }

  let commandName: String
  let abstract: String?
  let discussion: String?
  let defaultSubcommand: String?
  private let shouldDisplay: Bool
  private let subcommands: [CommandHelp]?
  private let arguments: [ArgumentHelp]?

  /// The subcommands that are listed, without the parser's own `help`.
  var listedSubcommands: [CommandHelp] {
    (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
  }

  /// The arguments that are listed, in the order of the help.
  var listedArguments: [ArgumentHelp] {
    (arguments ?? []).filter(\.shouldDisplay)
  }

  /// An option, a flag, or an argument known by its place.
  struct ArgumentHelp: Decodable {
    /// How an argument is given.
    enum Kind: String, Decodable {
      case positional, option, flag
    }

    /// A name with its dashes left out.
    struct Name: Decodable {
      let kind: String
      let name: String

      /// The name as it is typed.
      var word: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }

    let kind: Kind
    let shouldDisplay: Bool
    let isOptional: Bool
    let isRepeating: Bool
    let names: [Name]?
    let valueName: String?
    let defaultValue: String?
    let allValues: [String]?
    let abstract: String?
  }
}
