import Foundation
import Platform
import RunSupport
import TestSupport
import Testing

@testable import Configuration

@Suite("Usage", .timeLimit(.minutes(60)))
struct UsageTests {
  @Test("Every subcommand has help, including nested ones")
  func help() async throws {
    for words in try await CommandPages().all {
      let name = words.joined(separator: " ")
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: ["help"] + words, ranks: nil)
      #expect(run.exitCode == 0 && run.standardError.isEmpty)
      #expect(run.standardOutput.contains("USAGE: gmlp-train \(name)"), "\(name)")
      // Each option says what it does, and lines fit a terminal.
      for line in run.standardOutput.split(separator: "\n") where !line.hasPrefix("USAGE") {
        #expect(line.count <= 80, "\(name): \(line)")
      }
    }
  }

  @Test("A wrong option names the page of its own subcommand")
  func pages() async throws {
    for words in try await CommandPages().all {
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: words + ["--no-such-option"], ranks: nil)
      #expect(run.failed(64, "'gmlp-train help \(words.joined(separator: " "))'"), "\(run)")
    }
  }

  @Test("Help and version are printed once, also under mpirun", arguments: [nil, 3])
  func once(ranks: Int?) async throws {
    let version = try await command("--version", ranks: ranks)
    #expect(version.exitCode == 0 && version.standardOutput.contains(/^\d+\.\d+\.\d+(-[a-z]+)?\n$/))
    let help = try await command("--help", ranks: ranks)
    #expect(help.exitCode == 0)
    #expect(help.standardOutput.components(separatedBy: "USAGE: gmlp-train").count == 2)
    for words in try await CommandPages().all where words.count == 1 {
      #expect(help.standardOutput.contains("\n  \(words[0]) "), "\(words)")
    }
  }

  @Test("Files that have to quote the version have the program's")
  func version() throws {
    for (name, line) in [
      ("CITATION.cff", "\nversion: \(Version.current)\n"),
      ("packaging/spack/package.py", "\n    version(\"\(Version.current)\""),
    ] {
      let file = PackageFolder.url.appending(path: name)
      #expect(try String(contentsOf: file, encoding: .utf8).contains(line), "\(name): \(line)")
    }
  }

  @Test("Help and the launching page list the same exit codes")
  func exitCodes() async throws {
    let page = PackageFolder.url.appending(path: "docs/operations/launching.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    #expect(text.contains("\n\(ExitCode.rows)\n"))
    let help = try await command("--help").standardOutput.replacing(/\s+/, with: " ")
    #expect(help.contains("Exit codes: \(ExitCode.sentence)."), "\(help)")
  }

  @Test("Every option that a page names exists")
  func options() async throws {
    var known: Set<Substring> = ["--generate-completion-script"]
    for page in try await [[]] + CommandPages().all {
      let help = try await MPIRun(
        executable: "gmlp-train", arguments: ["help"] + page, ranks: nil)
      known.formUnion(help.standardOutput.matches(of: /--[a-z][a-z-]+/).map(\.output))
    }
    var found = 0
    for page in try PackageFolder.pages() where page != "CHANGELOG.md" {
      let text = try String(contentsOf: PackageFolder.url.appending(path: page), encoding: .utf8)
      // What stands behind the program's name in a line belongs to it, up to the end of the code.
      for command in text.matches(of: /gmlp-train [^`|#\n]*/).map(\.output) {
        for option in command.matches(of: /--[a-z][a-z-]+/).map(\.output) {
          found += 1
          #expect(known.contains(option), "\(page): \(command)")
        }
      }
    }
    #expect(found > 30)
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
    for word in try await CommandPages().all.joined() + ["shard-mb", "class-names"] {
      #expect(run.standardOutput.contains(word), "\(word)")
    }
  }

  @Test("bash loads its completion script and completes with it")
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
