import Foundation
import TestSupport
import Testing

private let subcommands = [
  "train", "evaluate", "predict", "inspect", "prepare", "replay", "benchmark", "checkpoints",
  "doctor", "torture",
]

@Suite("Usage", .timeLimit(.minutes(5)))
struct UsageTests {
  @Test("Every subcommand explains itself", arguments: subcommands)
  func help(name: String) async throws {
    let run = try await command("help", name)
    #expect(run.exitCode == 0 && run.standardError.isEmpty)
    #expect(run.standardOutput.contains("USAGE: gmlp-train \(name)"))
    // Each option says what it does, and lines fit a terminal.
    for line in run.standardOutput.split(separator: "\n") where !line.hasPrefix("USAGE") {
      #expect(line.count <= 80, "\(line)")
    }
  }

  @Test("Help and version are told once, also under mpirun", arguments: [nil, 3])
  func once(ranks: Int?) async throws {
    let version = try await command("--version", ranks: ranks)
    #expect(version.exitCode == 0 && version.standardOutput.contains(/^\d+\.\d+\.\d+\n$/))
    let help = try await command("--help", ranks: ranks)
    #expect(help.exitCode == 0)
    #expect(help.standardOutput.components(separatedBy: "USAGE: gmlp-train").count == 2)
    for name in subcommands {
      #expect(help.standardOutput.contains("\n  \(name) "), "\(name)")
    }
  }

  @Test("Wrong arguments get one line and 64, also under mpirun", arguments: [nil, 3])
  func wrong(ranks: Int?) async throws {
    let option = try await command("--conifg", "x", ranks: ranks)
    #expect(option.failed(64, "--conifg", "--config"), "\(option)")
    let name = try await command("evalute", ranks: ranks)
    #expect(name.failed(64, "unknown subcommand 'evalute'", "evaluate"), "\(name)")
    let value = try await command("inspect", "--ranks", "many", ranks: ranks)
    #expect(value.failed(64, "many", "gmlp-train help inspect"), "\(value)")
    let key = try await command("--set", "train.epoch=3", ranks: ranks)
    #expect(key.failed(64, "train.epoch;", "train.epochs"), "\(key)")
  }

  @Test("Completions know the subcommands and their options", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) async throws {
    let run = try await command("--generate-completion-script", shell)
    #expect(run.exitCode == 0 && run.standardError.isEmpty)
    for word in subcommands + ["shard-mb", "class-names"] {
      #expect(run.standardOutput.contains(word), "\(word)")
    }
  }

  @Test("bash accepts its completion script and completes with it")
  func bash() async throws {
    let folder = try TemporaryFolder()
    let script = try await command("--generate-completion-script", "bash").standardOutput
    let question = """

      COMP_WORDS=(gmlp-train inspect --pre); COMP_CWORD=2; COMP_LINE='gmlp-train inspect --pre'
      COMP_POINT=${#COMP_LINE}; _gmlp-train gmlp-train --pre inspect; echo "${COMPREPLY[@]}"
      """
    try folder.write(script + question, to: "ask.sh")
    let run = try await MPIRun(
      executable: "/bin/bash", arguments: ["\(folder.path)/ask.sh"], ranks: nil)
    #expect(run.standardOutput.contains("--preset"), "\(run)")
  }
}
