import Foundation
import Platform
import RunSupport
import TestSupport
import Testing

/// The man pages, which say what the help says.
@Suite("Manual", .timeLimit(.minutes(60)))
struct ManualTests {
  private static let man = ["/usr/bin/man", "/bin/man"].first(
    where: FileManager.default.isExecutableFile)

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Writes the pages and returns the names of their files.
  private func pages() async throws -> [String] {
    let run = try await command("manual", ".", in: folder.path)
    #expect(run.exitCode == 0 && run.standardError.isEmpty, "\(run)")
    return try folder.names(in: folder.path)
  }

  @Test("Every command has a page with its options, and each page names the others")
  func complete() async throws {
    let commands = try await [[]] + CommandPages().all
    let names = try await pages()
    #expect(Set(names) == Set(commands.map { (["gmlp-train"] + $0).joined(separator: "-") + ".1" }))
    for words in commands {
      let name = (["gmlp-train"] + words).joined(separator: "-")
      let page = try folder.text(of: "\(name).1").replacing("\\-", with: "-")
      #expect(page.hasPrefix(".TH \"\(name.uppercased())\" \"1\" \"\""), "\(name)")
      #expect(page.contains("gmlp-train \(Version.current)"), "\(name)")
      let help = try await MPIRun(
        executable: "gmlp-train", arguments: ["help"] + words, ranks: nil)
      for option in help.standardOutput.matches(of: /\n  (?:-h, )?(--[a-z][a-z-]+)/) {
        #expect(page.contains("\\fB\(option.1)\\fR"), "\(name): \(option.1)")
      }
      if !words.isEmpty {
        let link = (["gmlp-train"] + words.dropLast()).joined(separator: "-")
        #expect(page.contains("\\fB\(link)\\fR(1)"), "\(name)")
      }
    }
    let train = try folder.text(of: "gmlp-train-train.1")
    #expect(train.contains("\\fB\\-\\-steps\\fR \\fIsteps\\fR\nTotal steps;"))
    #expect(!names.contains("gmlp-train-manual.1"))
  }

  @Test("No line of a page is a request by chance")
  func requests() async throws {
    let known: Set<Substring> = [".TH", ".nh", ".ad", ".SH", ".PP", ".TP", ".nf", ".fi"]
    for name in try await pages() {
      for line in try folder.text(of: name).split(separator: "\n") {
        let word = line.prefix { $0 != " " }
        let isRequest = line.hasPrefix(".") || line.hasPrefix("'")
        #expect(!isRequest || known.contains(word), "\(name): \(line)")
      }
    }
  }

  @Test(
    "man has no warning about a page",
    .enabled(if: ManualTests.man != nil, "man is missing: Debian has it in man-db"))
  func warnings() async throws {
    let man = try #require(Self.man)
    for name in try await pages() {
      let run = try await MPIRun(
        executable: man, arguments: ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", name],
        ranks: nil, environment: ["LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"],
        directory: folder.path)
      #expect(run.exitCode == 0 && run.standardError.isEmpty, "\(name): \(run)")
      #expect(run.standardOutput.contains("gmlp"), "\(name)")
    }
  }

  @Test("A folder that is not there is named")
  func missing() async throws {
    let run = try await command("manual", "none", in: folder.path)
    #expect(run.failed(74, "none/gmlp-train.1", "there is no folder"), "\(run)")
  }
}
