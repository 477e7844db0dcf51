import Foundation
import RunSupport
import TestSupport
import Testing

/// Values that nobody means, but that scripts, shells and other tools hand over.
@Suite("Misuse", .serialized, .timeLimit(.minutes(60)))
struct MisuseTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    try folder.write(
      "config = \"digits.toml\"\nseeds = [0]\n[[variant]]\nname = \"a\"\n", to: "sweep.toml")
  }

  private func run(_ arguments: [String], environment: [String: String] = [:]) async throws
    -> MPIRun
  {
    try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: nil, environment: environment,
      directory: folder.path)
  }

  @Test(
    "An empty value is refused: a folder without a name would be the root of the file system",
    arguments: [
      ["--config", "digits.toml", "--run-dir", ""], ["--config", "", "--run-dir", "run"],
      ["--config", "digits.toml", "--run-dir="], ["--config", "digits.toml", "--resume", ""],
      ["sweep", "sweep.toml", "--output", ""], ["evaluate", "--checkpoint", ""],
      ["torture", "--config", "digits.toml", "--output", ""],
      ["prepare", "--format", "digits", "--output", ""], ["predict", "--run-dir", "run", ""],
      ["predict", "--run-dir", "", "a", "b"], ["predict", "a", "b", "--weights", ""],
      ["checkpoints", "prune", "", "--keep", "2"],
    ])
  func empty(arguments: [String]) async throws {
    let option = arguments.lazy.enumerated().first { $0.element.isEmpty || $0.element.last == "=" }
    let index = try #require(option?.offset)
    let name =
      arguments[index].isEmpty ? arguments[index - 1] : String(arguments[index].dropLast())
    let refused = try await run(arguments)
    let words = name.hasPrefix("--") ? "\(name) is empty" : "argument \(index + 1) is empty"
    #expect(refused.failed(64, words, "variable of the shell"), "\(refused)")
    #expect(try folder.names(in: folder.path).sorted() == ["digits.toml", "sweep.toml"])
  }

  @Test("A tilde that the shell has left is the home, for every file of a run")
  func home() async throws {
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/home/runs", withIntermediateDirectories: true)
    let trained = try await run(
      ["--config", "digits.toml", "--run-dir", "~/runs/a", "--quiet"],
      environment: ["HOME": "\(folder.path)/home"])
    #expect(trained.exitCode == 0, "\(trained)")
    #expect(
      try folder.names(in: "\(folder.path)/home/runs/a").sorted()
        == ["checkpoints", "config.toml", "lock", "metrics.jsonl"])
    #expect(try !folder.names(in: folder.path).contains("~"))
  }

  @Test(
    "Numbers of workers that no cluster has are refused before anything is planned or started",
    arguments: [
      ["inspect", "--config", "digits.toml", "--ranks"], ["sweep", "sweep.toml", "--ranks"],
      ["torture", "--config", "digits.toml", "--output", "t", "--ranks"],
      ["evaluate", "--config", "digits.toml", "--threads"],
      ["doctor", "--config", "digits.toml", "--threads"],
    ])
  func workers(arguments: [String]) async throws {
    for number in ["0", "9223372036854775807"] where !(number == "0" && arguments[0] == "torture") {
      let refused = try await run(arguments + [number])
      #expect(refused.failed(64, number, "at least 1 and at most"), "\(refused)")
    }
    #expect(try folder.names(in: folder.path).sorted() == ["digits.toml", "sweep.toml"])
  }

  @Test("A pipe, a device and a loop of links are called what they are in place of a configuration")
  func configurations() async throws {
    let manager = FileManager.default
    try manager.createSymbolicLink(atPath: "\(folder.path)/loop", withDestinationPath: "loop")
    for (line, words) in [
      ("\"$@\" --config <(cat digits.toml)", "is a pipe or a device, not a file"),
      ("cat digits.toml | \"$@\" --config /dev/stdin", "is a pipe or a device, not a file"),
      ("\"$@\" --config /dev/zero", "is a pipe or a device, not a file"),
      ("\"$@\" --config loop", "Too many levels of symbolic links"),
    ] {
      let refused = try await shell(line, ["inspect"], in: folder.path)
      #expect(refused.failed(64, words, "name a configuration in TOML"), "\(refused)")
    }
  }

  @Test(
    "Text without a character to learn from ends with a line, not with the library's exit",
    arguments: [" \u{A0}\u{3000}\n", "\u{200B}\u{200B}\n", "\u{1}\u{2}\n", "▁▁ ▁\n", "\u{FFFD}\n"])
  func blankText(text: String) async throws {
    try folder.write(text, to: "blank.txt")
    let refused = try await run([
      "prepare", "text", "--input", "blank.txt", "--output", "set", "--vocabulary-size", "20",
    ])
    #expect(refused.failed(65, "blank.txt", "there is no text"), "\(refused)")
    #expect(try folder.names(in: folder.path).allSatisfy { !$0.contains("set") })
  }

  @Test("Wrong options of a rank other than zero are reported")
  func otherRank() async throws {
    let common = ["--config", "digits.toml", "--run-dir", "run"]
    let refused = try await MPIRun(
      executable: "gmlp-train",
      groups: [
        RankGroup(ranks: 1, arguments: common),
        RankGroup(ranks: 1, arguments: common + ["--bogus"]),
      ], environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
    #expect(refused.failed(64, "rank 1: Unknown option '--bogus'"), "\(refused)")
  }

  @Test("Control characters of a tensor's name are spelled out, in one line")
  func controlCharacters() async throws {
    let bytes = GoodFiles.safetensors("a\\u001b[31m\\nb", shape: [3])
    try Data(bytes).write(to: URL(filePath: "\(folder.path)/w.safetensors"))
    let refused = try await run([
      "evaluate", "--config", "digits.toml", "--weights", "w.safetensors",
    ])
    #expect(refused.failed(65, "\\u{1B}[31m"), "\(refused)")
    #expect(!refused.standardError.contains("\u{1B}"))
  }

  @Test("A name of a variant that makes no folder's name is refused before the first run")
  func longName() async throws {
    let name = String(repeating: "x", count: 300)
    try folder.write(
      "config = \"digits.toml\"\n[[variant]]\nname = \"\(name)\"\n", to: "sweep.toml")
    let refused = try await run(["sweep", "sweep.toml", "--output", "out"])
    #expect(refused.failed(64, "sweep.toml", "shorten it"), "\(refused)")
    #expect(refused.standardOutput.isEmpty)
  }

  @Test("A terminal that cannot erase gets whole lines")
  func dumbTerminal() async throws {
    let line = "TERM=dumb script -qec \"$1 --config digits.toml --run-dir run\" /dev/null"
    let trained = try await shell(line, [], in: folder.path)
    #expect(trained.exitCode == 0, "\(trained)")
    #expect(!trained.standardOutput.contains("\u{1B}"), "\(trained)")
  }
}
