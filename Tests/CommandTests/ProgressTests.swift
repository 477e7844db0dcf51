import Foundation
import RunSupport
import Testing

/// What people see of a run.
@Suite("Progress", .serialized, .timeLimit(.minutes(60)))
struct ProgressTests {
  /// Goes back to the beginning of the line and erases it.
  static let erase = "\r\u{1B}[K"

  let files: GoodFiles

  init() throws {
    files = try GoodFiles()
  }

  private func output(
    _ arguments: [String], ranks: Int? = nil, terminal: String? = nil
  ) async throws -> String {
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: ["--config", "run.toml", "--run-dir", "run", "--resume", "never"] + arguments,
      ranks: ranks, environment: terminal.map { ["GMLP_TRAIN_TERMINAL": $0] } ?? [:],
      directory: files.path)
    #expect(run.exitCode == 0, "\(run.standardError)")
    return run.standardOutput
  }

  @Test("A live line is overwritten, and permanent lines replace it")
  func live() async throws {
    let text = try await output(["--progress", "live"])
    let written = text.components(separatedBy: Self.erase).dropFirst()
    // Which line comes first after the last step is the writing thread's to decide.
    let lasting = written.filter { $0.hasSuffix("\n") }
    let live = written.filter { !$0.hasSuffix("\n") }
    #expect(live.contains { $0.hasPrefix("step 8/8  epoch 2  loss ") }, "\(text)")
    #expect(
      live.allSatisfy { !$0.contains("\n") && $0.contains(/^(step|evaluation after step) \d/) },
      "\(text)")
    #expect(lasting.contains { $0.contains("evaluation after step 8") }, "\(text)")
    #expect(lasting.allSatisfy { !$0.hasPrefix("step ") }, "\(text)")
  }

  @Test("Without a terminal, lines appear occasionally")
  func plain() async throws {
    for arguments in [["--progress", "plain"], []] {
      let text = try await output(arguments)
      #expect(!text.contains("\u{1B}"), "\(text)")
      #expect(text.contains("\nstep 8/8  epoch 2  loss "), "\(text)")
    }
  }

  @Test("The launch scripts know the terminal that mpirun hides", arguments: [nil, 3])
  func launcher(ranks: Int?) async throws {
    #expect(try await output([], ranks: ranks, terminal: "1").contains("\(Self.erase)step 8/8"))
    #expect(try await !output([], ranks: ranks, terminal: "0").contains("\u{1B}"))
    #expect(
      try await !output(["--progress", "plain"], ranks: ranks, terminal: "1").contains("\u{1B}"))
  }
}
