import Foundation
import TestSupport
import Testing

/// A start that is refused leaves everything as it was.
@Suite("Refused starts")
struct RefusedStartTests {
  let files: GoodFiles

  init() throws {
    files = try GoodFiles()
  }

  private func content() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: files.path).sorted()
  }

  private func train(_ arguments: [String], ranks: Int? = nil) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: ["--config", "run.toml"] + arguments, ranks: ranks,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: files.path)
  }

  static let refusals = [
    ["--weights", "none.safetensors"], ["--weights", "train-images"], ["--resume", "none"],
    ["--resume", "damaged"], ["--set", "data.train=[\"none\", \"train-labels\"]"],
    ["--set", "model.num_classes=3"], ["--set", "train.global_batch_size=1600"],
  ]

  @Test("A run directory is not made", arguments: refusals, [nil, 2])
  func newRun(arguments: [String], ranks: Int?) async throws {
    try files.write("damaged/state.json", Array("{}".utf8))
    let before = try content()
    let run = try await train(["--run-dir", "a/b/run"] + arguments, ranks: ranks)
    #expect([64, 65].contains(run.exitCode), "\(run)")
    #expect(try content() == before)
  }

  @Test("An old run is not moved aside", arguments: [["--weights", "none.safetensors"]])
  func oldRun(arguments: [String]) async throws {
    #expect(try await train(["--run-dir", "run"]).exitCode == 0)
    let before = try content()
    let run = try await train(["--run-dir", "run", "--resume", "never"] + arguments)
    #expect(run.failed(65, "none.safetensors"), "\(run)")
    #expect(try content() == before)
  }

  @Test("A checkpoint of another run makes no directory for a branch")
  func branch() async throws {
    #expect(try await train(["--run-dir", "run"]).exitCode == 0)
    let before = try content()
    let run = try await train(
      ["--run-dir", "other", "--resume", "run/checkpoints/best", "--set", "seed=5"])
    #expect(run.failed(64, "is of another run", "seed"), "\(run)")
    #expect(try content() == before)
  }

  @Test("Torture, prepare and benchmark make nothing either")
  func otherCommands() async throws {
    try files.write("bad.toml", Array("[model]\nd_ffn = 7\n".utf8))
    try files.write("binary.txt", [0xff, 0xfe])
    let before = try content()
    for arguments in [
      ["torture", "--config", "bad.toml", "--output", "a/t"],
      ["torture", "--config", "none.toml", "--output", "a/t"],
      ["prepare", "--format", "idx", "--input", "none", "train-labels", "--output", "a/p"],
      ["prepare", "--format", "idx", "--input", "train-labels", "train-images", "--output", "a/p"],
      ["prepare", "text", "--input", "none.txt", "--vocabulary-size", "32", "--output", "a/p"],
      ["prepare", "text", "--input", "run.toml", "--vocabulary", "none", "--output", "a/p"],
      [
        "prepare", "text", "--input", "run.toml", "--vocabulary", "train-images", "--output", "a/p",
      ],
      ["prepare", "text", "--input", "binary.txt", "--vocabulary-size", "32", "--output", "a/p"],
      [
        "benchmark", "--config", "run.toml", "--set", "model.num_classes=2", "--trace",
        "trace.json",
        "--checkpoint", ".",
      ],
    ] {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: arguments, ranks: nil, directory: files.path)
      #expect([64, 65].contains(run.exitCode), "\(arguments): \(run)")
      #expect(try content() == before, "\(arguments)")
    }
  }

  @Test("With --quiet a start says nothing but warnings, also over an old or a finished run")
  func quiet() async throws {
    for arguments in [[], [], ["--resume", "never"]] {
      let run = try await train(["--run-dir", "run", "--quiet"] + arguments)
      #expect(
        run.exitCode == 0 && run.standardOutput.isEmpty && run.standardError.isEmpty, "\(run)")
    }
    let loud = try await train(["--run-dir", "run"])
    #expect(loud.standardOutput.contains("all 8 steps are done"), "\(loud)")
  }
}
