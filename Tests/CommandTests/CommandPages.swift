import Foundation
import RunSupport
import Testing

/// The subcommands of the built program that its help lists, as it tells them itself: none can be forgotten here.
struct CommandPages {
  /// The words of each subcommand, also of one that only holds others, as in `["checkpoints", "list"]`.
  let all: [[String]]
  /// Those that do something.
  let commands: [[String]]

  init() async throws {
    let run = try await command("--experimental-dump-help")
    let root = try JSONDecoder().decode(Root.self, from: Data(run.standardOutput.utf8)).command
    all = Self.pages(of: root, below: [])
    let holders = Set(all.map { $0.dropLast() })
    commands = all.filter { !holders.contains($0[...]) }
    try #require(commands.count > 10, "\(run)")
  }

  private struct Root: Decodable {
    let command: Page
  }

  private struct Page: Decodable {
    let commandName: String
    let shouldDisplay: Bool
    let subcommands: [Page]?
  }

  private static func pages(of page: Page, below path: [String]) -> [[String]] {
    let listed = (page.subcommands ?? []).filter {
      $0.shouldDisplay && $0.commandName != "help"
    }
    return listed.flatMap { inner in
      let words = path + [inner.commandName]
      return [words] + pages(of: inner, below: words)
    }
  }
}
