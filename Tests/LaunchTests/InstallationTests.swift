import Foundation
import RunSupport
import TestSupport
import Testing

/// An installation that was moved after `packaging/install.sh` has made it.
@Suite("Installation", .timeLimit(.minutes(60)))
struct InstallationTests {
  private let folder: TemporaryFolder
  private var prefix: String { "\(folder.path)/another place" }
  /// An empty folder, far from the installation and from the checkout.
  private var work: String { "\(folder.path)/work" }

  init() async throws {
    folder = try TemporaryFolder()
    let first = "\(folder.path)/one place"
    let program = try Programs.product("gmlp-train").path
    let install = try await MPIRun(
      executable: "/bin/bash", arguments: [Self.script, program, first], ranks: nil)
    try #require(install.exitCode == 0 && install.standardError.isEmpty, "\(install)")
    try folder.rename(first, to: prefix)
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
  }

  private static let script = PackageFolder.url.appending(path: "packaging/install.sh").path

  /// Runs a command of bash in the empty folder; `$1` is the installation.
  private func run(_ command: String) async throws -> MPIRun {
    try await MPIRun(
      executable: "/usr/bin/env",
      arguments: ["-u", "GMLP_TRAIN_EXECUTABLE", "/bin/bash", "-c", command, "bash", prefix],
      ranks: nil, environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: work)
  }

  @Test(
    "It trains from any folder, by itself and by its scripts",
    arguments: ["bin/gmlp-train\"", "bin/gmlp-train-local\" 2"])
  func trains(start: String) async throws {
    let run = try await run("\"$1/\(start) --config configs/digits.toml --stop-after 2")
    #expect(run.exitCode == 75, "\(run)")
    #expect(run.standardOutput.contains("checkpoint of step 2: runs/digits/"), "\(run)")
  }

  @Test("Its scripts know its program and its other scripts")
  func scripts() async throws {
    let path = try await run(
      "source \"$1/share/gmlp-train/launch/environment.sh\"; command -v gmlp-train")
    #expect(path.standardOutput == "\(prefix)/bin/gmlp-train\n", "\(path)")
    for (script, word) in [("hosts", "HOSTFILE"), ("text", "FOLDER"), ("local", "N is")] {
      let help = try await run("\"$1/bin/gmlp-train-\(script)\" --help")
      #expect(help.exitCode == 0 && help.standardOutput.contains(word), "\(help)")
    }
  }

  @Test("Its configurations stand in for files that the current folder lacks, and take data there")
  func configurations() async throws {
    let inspect = "\"$1/bin/gmlp-train\" inspect --resolved --config configs"
    let text = try await run("\(inspect)/mlm-small.toml")
    #expect(text.standardOutput.contains("work/data/text-train\""), "\(text)")
    let sweep = try await run("\"$1/bin/gmlp-train\" sweep configs/sweeps/text-models.toml --show")
    #expect(!sweep.standardError.contains(".toml: no such file"), "\(sweep)")
    try folder.write("[train]\nepochs = 7\n", to: "work/configs/digits.toml")
    let own = try await run("\(inspect)/digits.toml")
    #expect(own.standardOutput.contains("\nepochs = 7\n"), "\(own)")
    let unknown = try await run("\(inspect)/none.toml")
    #expect(unknown.failed(64, "configs/none.toml: no such file"), "\(unknown)")
  }

  @Test("It has manuals, completions and a modulefile, readable by all, and knows no place")
  func files() async throws {
    let version = try await command("--version").standardOutput.split(separator: "\n")[0]
    for name in [
      "man/man1/gmlp-train.1", "man/man1/gmlp-train-prepare-text.1",
      "bash-completion/completions/gmlp-train", "zsh/site-functions/_gmlp-train",
      "fish/vendor_completions.d/gmlp-train.fish", "modulefiles/gmlp-train/\(version)",
      "doc/gmlp-train/docs/configuration.md", "doc/gmlp-train/LICENSE",
    ] {
      #expect(FileManager.default.fileExists(atPath: "\(prefix)/share/\(name)"), "\(name)")
    }
    let unreadable = try await run("find \"$1\" -not -type l -not -perm -o=r")
    #expect(unreadable.exitCode == 0 && unreadable.standardOutput.isEmpty, "\(unreadable)")
    let place = try await run("grep -rlF -- \"$(dirname \"$1\")\" \"$1\"")
    #expect(place.exitCode == 1 && place.standardOutput.isEmpty, "\(place)")
  }

  @Test("What its help says removes all of it, and nothing else")
  func uninstall() async throws {
    let help = try await MPIRun(
      executable: "/bin/bash", arguments: [Self.script, "--help"], ranks: nil)
    let start = try #require(help.standardOutput.range(of: "cd DIR && "))
    try folder.write("other", to: "another place/share/man/man1/other.1")
    try folder.write("other", to: "another place/bin/other")
    let removal = try await run("cd \"$1\" && \(help.standardOutput[start.upperBound...])")
    #expect(removal.exitCode == 0 && removal.standardError.isEmpty, "\(removal)")
    let left = try await run("cd \"$1\" && find . -type f -o -type l | sort")
    #expect(left.standardOutput == "./bin/other\n./share/man/man1/other.1\n", "\(left)")
  }
}
