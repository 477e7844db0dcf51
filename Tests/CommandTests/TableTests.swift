import RunSupport
import TestSupport
import Testing

@testable import gmlp_train

/// Tables for people, on terminals and elsewhere.
@Suite("Tables", .timeLimit(.minutes(60)))
struct TableTests {
  @Test("Values are wrapped between words, under their column")
  func values() {
    let rows = [(name: "name", value: "one two three"), (name: "a", value: "four")]
    #expect(Numbers.table(rows, columns: nil) == "name  one two three\na     four")
    let long = (name: "n", value: "alpha beta gamma delta epsilon")
    #expect(
      Numbers.table([long], columns: 25) == "n  alpha beta gamma delta\n   epsilon")
    // A digest stays whole.
    let digest = String(repeating: "d", count: 64)
    #expect(
      Numbers.table([(name: "n", value: "sha256 \(digest) x")], columns: 40)
        == "n  sha256\n   \(digest)\n   x")
  }

  @Test("Cells that do not fit go to a line of their own, further to the right")
  func cells() {
    let lines = [["step", "size", "mark"], ["1", "20 MB", ""], ["2", "3 MB", "best"]]
    #expect(
      Numbers.columns(lines, columns: nil)
        == ["step  size   mark", "1     20 MB", "2     3 MB   best"])
    #expect(Numbers.columns(lines, columns: 17) == Numbers.columns(lines, columns: nil))
    #expect(
      Numbers.columns(lines, columns: 16)
        == ["step  size", "    mark", "1     20 MB", "2     3 MB", "    best"])
    #expect(Numbers.columns([], columns: 16) == [])
  }

  @Test("A terminal of 80 columns shows a run and its checkpoints without a longer line")
  func terminal() async throws {
    let folder = try await TrainedDigits().folder
    for arguments in [["checkpoints", "list", "run"], ["inspect", "run"]] {
      let terminal = try PseudoTerminal(columns: 80)
      let ended = try await StartedRun(
        executable: "gmlp-train", arguments: arguments, ranks: nil, directory: folder.path,
        terminal: terminal
      ).finish()
      try await terminal.settle()
      #expect(ended.exitCode == 0, "\(ended)")
      let lines = terminal.written.split(separator: "\n")
      #expect(lines.count > 3 && lines.allSatisfy { $0.count <= 80 }, "\(terminal.written)")
      // Elsewhere each row is a line.
      let piped = try await MPIRun(
        executable: "gmlp-train", arguments: arguments, ranks: nil, directory: folder.path)
      #expect(piped.standardOutput.split(separator: "\n").contains { $0.count > 80 }, "\(piped)")
    }
  }
}
