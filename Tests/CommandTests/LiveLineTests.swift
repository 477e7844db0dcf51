import Foundation
import RunSupport
import TestSupport
import Testing

/// What people see on a terminal, which is never wide enough.
@Suite("The live line on a terminal", .serialized, .timeLimit(.minutes(60)))
struct LiveLineTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
  }

  /// Starts the program on a terminal; each micro-batch waits for `milliseconds`.
  private func start(
    _ arguments: [String], on terminal: PseudoTerminal, waiting milliseconds: Int = 20
  ) throws -> StartedRun {
    try StartedRun(
      executable: "gmlp-train", arguments: arguments, ranks: nil,
      environment: ["GMLP_TRAIN_FAULT": "0:data:*:slow:\(milliseconds)"], directory: folder.path,
      terminal: terminal)
  }

  private func finish(
    _ run: StartedRun, on terminal: PseudoTerminal, exitCode: Int32 = 0
  ) async throws {
    let ended = try await run.finish()
    try await terminal.settle()
    #expect(ended.exitCode == exitCode, "\(ended)")
  }

  /// The live lines among what was written, each of which was drawn over the one before.
  private func liveLines(_ terminal: PseudoTerminal) -> [String] {
    terminal.written.components(separatedBy: ProgressTests.erase).dropFirst()
      .filter { !$0.isEmpty && !$0.contains("\n") }
  }

  static let train = ["--config", "digits.toml", "--run-dir", "run"]

  @Test(
    "Training and evaluation fit into a terminal of any width", arguments: [20, 40, 80, 200])
  func training(columns: Int) async throws {
    let terminal = try PseudoTerminal(columns: columns)
    try await finish(start(Self.train, on: terminal), on: terminal)
    let lines = liveLines(terminal)
    #expect(lines.contains { $0.hasPrefix("step 6/6") } && lines.allSatisfy { $0.count < columns })
    #expect(lines.contains { $0.hasPrefix("evaluation after") }, "\(lines)")
    // What can be shown is shown.
    let last = try #require(lines.last { $0.hasPrefix("step 6/6") })
    #expect(last.count == columns - 1 || last.contains(/left .*lr \d\.\d\de/), "\(last)")
  }

  @Test("Lines fit a terminal that is resized")
  func resized() async throws {
    let terminal = try PseudoTerminal(columns: 100)
    // Nothing but the signal ends it.
    let run = try start(Self.train + ["--set", "train.steps=1000000"], on: terminal)
    try await run.wait(for: "a long line") { liveLines(terminal).contains { $0.count > 60 } }
    try terminal.resize(columns: 30)
    try await run.wait(for: "a line that is cut") {
      liveLines(terminal).contains { $0.count == 29 }
    }
    let before = liveLines(terminal).count
    try await run.wait(for: "more lines") { liveLines(terminal).count > before + 2 }
    let narrow = liveLines(terminal).dropFirst(before)
    #expect(!narrow.isEmpty && narrow.allSatisfy { $0.count < 30 }, "\(narrow)")
    try terminal.resize(columns: 100)
    try await run.wait(for: "a long line again") {
      liveLines(terminal).dropFirst(before).contains { $0.count > 60 }
    }
    run.send(SIGUSR2)
    try await finish(run, on: terminal, exitCode: 75)
  }

  @Test("evaluate shows its progress, with or without a terminal, but not with --quiet")
  func evaluate() async throws {
    let arguments = ["evaluate", "--run-dir", "run"]
    let silent = try PseudoTerminal(columns: 80)
    try await finish(start(Self.train + ["--quiet"], on: silent), on: silent)
    #expect(silent.written == "")
    let terminal = try PseudoTerminal(columns: 30)
    try await finish(start(arguments, on: terminal, waiting: 60), on: terminal)
    let lines = liveLines(terminal)
    #expect(
      lines.contains { $0.contains(/^evaluation, \d+ %, \d+:\d\d left$/) }, "\(terminal.written)")
    #expect(lines.allSatisfy { $0.count < 30 })
    let quiet = try PseudoTerminal(columns: 80)
    try await finish(start(arguments + ["--quiet"], on: quiet, waiting: 60), on: quiet)
    // The result alone: loss, means, and the ten classes with a heading.
    let result = quiet.written.split(whereSeparator: \.isNewline)
    #expect(quiet.written.hasPrefix("loss ") && result.count == 13, "\(quiet.written)")
    #expect(result.allSatisfy { $0.count <= 80 && !$0.contains("evaluation,") })
    let slow = ["GMLP_TRAIN_FAULT": "0:data:*:slow:600"]
    let file = try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: nil, environment: slow,
      directory: folder.path)
    #expect(file.standardOutput.contains(/\nevaluation, \d+ %, \d+:\d\d left\n/), "\(file)")
    #expect(!file.standardOutput.contains("\u{1B}"))
  }

  @Test("An evaluation at the start of a resumed run shows its progress")
  func resumed() async throws {
    let stopped = try StartedRun(
      executable: "gmlp-train", arguments: Self.train, ranks: nil,
      environment: ["GMLP_TRAIN_FAULT": "0:evaluate:6:stop"], directory: folder.path)
    try await stopped.sendWhileStopped(SIGUSR2)
    #expect(try await stopped.finish().exitCode == 75)
    let terminal = try PseudoTerminal(columns: 80)
    try await finish(start(Self.train, on: terminal, waiting: 60), on: terminal)
    let shown = try #require(terminal.written.components(separatedBy: "resumed after step 6").last)
    #expect(shown.contains("evaluation after step 6, "), "\(terminal.written)")
  }

  @Test("prepare and a sweep fit too")
  func others() async throws {
    try folder.write(
      "config = \"digits.toml\"\n[[variant]]\nname = \"usual\"\n", to: "sweep.toml")
    let terminal = try PseudoTerminal(columns: 40)
    try await finish(start(["sweep", "sweep.toml"], on: terminal), on: terminal)
    let lines = liveLines(terminal)
    #expect(
      lines.contains { $0.hasPrefix("step ") } && lines.allSatisfy { $0.count < 40 }, "\(lines)")
  }
}
