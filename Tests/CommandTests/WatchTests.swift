import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("watch", .serialized, .timeLimit(.minutes(60)))
struct WatchTests {
  private let folder: TemporaryFolder

  init() async throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    let run = try await command("--config", "digits.toml", "--run-dir", "run", in: folder.path)
    try #require(run.exitCode == 0, "\(run)")
  }

  @Test("Without a terminal the page is printed once")
  func once() async throws {
    let watched = try await command("watch", "run", in: folder.path)
    #expect(watched.exitCode == 0 && watched.standardError.isEmpty, "\(watched)")
    let lines = watched.standardOutput.split(separator: "\n")
    #expect(lines.first == "run: finished, step 6, epoch 1", "\(watched)")
    for name in ["loss", "validation accuracy", "samples/s"] {
      #expect(lines.contains { $0.hasPrefix("\(name) ") }, "\(name): \(watched)")
    }
    #expect(lines.contains { $0.hasPrefix("checkpoint of step 6, ") }, "\(watched)")
  }

  @Test("On a terminal the page has a screen of its own, which is left at the end of the input")
  func terminal() async throws {
    let terminal = try PseudoTerminal(columns: 40)
    let run = try await StartedRun(
      executable: "gmlp-train", arguments: ["watch", "run"], ranks: nil, directory: folder.path,
      terminal: terminal
    ).finish()
    try await terminal.settle()
    #expect(run.exitCode == 0, "\(run)")
    let written = terminal.written
    #expect(written.hasPrefix("\u{1B}[?1049h") && written.hasSuffix("\u{1B}[?1049l"), "\(run)")
    let lines = written.replacing("\u{1B}[K", with: "").split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("loss ") })
    #expect(lines.dropFirst().allSatisfy { $0.count < 40 || $0.contains("\u{1B}") })
  }

  @Test("q ends it")
  func key() async throws {
    let terminal = try PseudoTerminal(columns: 60)
    // The input stays open, so that nothing but the key can end it.
    let line = #"mkfifo keys && exec 3<>keys && printf xq >&3 && exec "$1" watch run <&3"#
    let run = try await StartedRun(
      executable: "/bin/bash",
      arguments: ["-c", line, "bash", try Programs.product("gmlp-train").path], ranks: nil,
      directory: folder.path, terminal: terminal
    ).finish()
    try await terminal.settle()
    #expect(run.exitCode == 0 && terminal.written.hasSuffix("\u{1B}[?1049l"), "\(run)")
  }

  @Test("What is no run is refused in one line")
  func missing() async throws {
    let watched = try await command("watch", "none", in: folder.path)
    #expect(watched.failed(65, "none/metrics.jsonl", "name the directory of a run"), "\(watched)")
    let exported = try await command("export", "tensorboard", "none", in: folder.path)
    #expect(exported.failed(65, "none/metrics.jsonl"), "\(exported)")
  }
}
