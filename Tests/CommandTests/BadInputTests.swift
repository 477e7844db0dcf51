import Foundation
import RunSupport
import Testing

/// What the command says and does where it is started with something that cannot be used.
@Suite("Bad inputs", .timeLimit(.minutes(60)))
struct BadInputTests {
  @Test("Each is named in one line, in one process and on three ranks", arguments: BadInput.all)
  func refused(bad: BadInput) async throws {
    var lines: Set<String> = []
    for ranks in [bad.fewestRanks, 3] {
      lines.insert(try await refuse(bad, ranks: ranks))
    }
    #expect(lines.count == 1, "all worlds say the same")
  }

  @Test(
    "And on eight ranks",
    arguments: BadInput.data.prefix(1) + BadInput.checkpoints.suffix(2)
      + BadInput.configurations.suffix(1) + BadInput.differing.prefix(2))
  func refusedByEight(bad: BadInput) async throws {
    _ = try await refuse(bad, ranks: 8)
  }

  @Test("Wrong options are reported once", arguments: [nil, 3])
  func usage(ranks: Int?) async throws {
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: ["--epochs", "3"], ranks: ranks,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"])
    #expect(run.exitCode == 64)
    #expect(
      run.standardError == "gmlp-train: Unknown option '--epochs'; see 'gmlp-train --help'\n")
  }

  /// `GMLP_TRAIN_WRITE_DOCS=1 swift test --filter BadInputTests` rewrites the page.
  @Test("docs/operations/errors.md shows the lines as they are")
  func documentation() async throws {
    var page = ErrorPage()
    for bad in BadInput.all {
      page.add(bad, line: try await refuse(bad, ranks: bad.fewestRanks))
    }
    let text =
      page.text + (try await BadPictureTable.text()) + (try await BadTextTable.text())
      + ErrorPage.fileSystems + ErrorPage.processor
      + ErrorPage.variables
      + ErrorPage.underWay + ErrorPage.limits
    if ProcessInfo.processInfo.environment["GMLP_TRAIN_WRITE_DOCS"] != nil {
      try text.write(to: ErrorPage.file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: ErrorPage.file, encoding: .utf8) == text)
  }

  /// Runs `bad`, checks all that is promised, and returns the line that was said.
  private func refuse(_ bad: BadInput, ranks: Int?) async throws -> String {
    let mark = UUID().uuidString
    let files = try GoodFiles()
    let run = try await bad.run(in: files, ranks: ranks, environment: ["GMLP_TRAIN_TEST": mark])
    #expect(run.exitCode == bad.exitCode, "\(run.standardError)")
    #expect(run.standardOutput.isEmpty, "\(run.standardOutput)")
    let lines = run.standardError.split(separator: "\n").map(String.init)
    #expect(lines.count == 1, "\(run.standardError)")
    let line = lines.first ?? ""
    #expect(line.hasPrefix("gmlp-train: "))
    for word in bad.words {
      #expect(line.contains(word), "\(line)")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(files.path)/run/checkpoints"))
    #expect(try ProcessTable.processes(withVariable: "GMLP_TRAIN_TEST=\(mark)").isEmpty)
    return line
  }
}
