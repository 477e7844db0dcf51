import Foundation
import RunSupport
import TestSupport
import Testing

/// Launch scripts in shells, modes and surroundings that they were not written for.
@Suite("Misused scripts", .serialized, .timeLimit(.minutes(60)))
struct ScriptMisuseTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.writeProgram("#!/bin/sh\necho \"program $*\"\nexit 3\n", to: "program")
  }

  /// Runs a line of bash in which `$launch` is the folder of the scripts.
  private func run(_ line: String) async throws -> MPIRun {
    try await MPIRun(
      executable: "/bin/bash", arguments: ["-c", line], ranks: nil,
      environment: [
        "launch": PackageFolder.url.appending(path: "launch").path,
        "GMLP_TRAIN_EXECUTABLE": "\(folder.path)/program",
      ], directory: folder.path)
  }

  @Test("sh starts them, and bash's POSIX mode loses no exit code")
  func otherShells() async throws {
    for line in [
      "sh \"$launch/local.sh\" 1 a", "dash \"$launch/local.sh\" 1 a",
      "POSIXLY_CORRECT=1 \"$launch/local.sh\" 1 a",
    ] where !line.hasPrefix("dash") || FileManager.default.fileExists(atPath: "/bin/dash") {
      let started = try await run(line)
      #expect(started.exitCode == 3, "\(started)")
      #expect(started.standardOutput == "program a\n", "\(started)")
    }
    for script in ["hosts.sh", "quickstart.sh", "setup.sh", "test.sh", "text.sh"] {
      let help = try await run("sh \"$launch/\(script)\" --help")
      #expect(help.exitCode == 0 && help.standardOutput.contains("launch/\(script)"), "\(help)")
      #expect(!help.standardOutput.contains("BASH_VERSION"), "\(help)")
    }
    let sourced = try await run("dash -c '. \"$launch/environment.sh\"; echo \"code $?\"'")
    if FileManager.default.fileExists(atPath: "/bin/dash") {
      #expect(sourced.standardOutput == "code 64\n", "\(sourced)")
      #expect(
        sourced.standardError
          == "environment.sh: needs bash or zsh: start bash and source it there\n")
    }
  }

  @Test("A closed standard input or error stops no script")
  func closed() async throws {
    for stream in ["2>&-", "<&-", "<&- 2>&-"] {
      let run = try await run("\"$launch/local.sh\" --max-restarts 1 1 a \(stream)")
      #expect(run.exitCode == 3 && run.standardOutput == "program a\n", "\(stream): \(run)")
    }
  }

  @Test("What is missing is named")
  func missing() async throws {
    let tools =
      "mkdir -p tools && for tool in bash env sed awk dirname readlink basename mktemp sleep setpriv setsid cat "
      + "rm uname; do ln -sf \"$(command -v $tool)\" tools/; done; echo localhost slots=2 >hosts; "
    for start in ["local.sh\" 2", "hosts.sh\" hosts 2"] {
      let refused = try await run("\(tools) PATH=$PWD/tools \"$launch/\(start) a")
      #expect(refused.exitCode == 64, "\(refused)")
      #expect(
        refused.standardError.contains("mpirun is missing: run launch/setup.sh"), "\(refused)")
      let without = try await run("\(tools) TMPDIR=$PWD/none \"$launch/\(start) a")
      #expect(without.exitCode == 74, "\(without)")
      #expect(
        without.standardError.contains("no temporary file can be made in"), "\(without)")
    }
  }

  @Test("text.sh fetches the lists of packages where they do not know the one that it downloads")
  func lists() async throws {
    for (name, body) in [
      (
        "apt-get",
        """
        echo "$*" >>"$place/calls"
        case "$*" in
          *download*) test -e "$place/updated" && : >anarchism_1_all.deb ;;
          *update*) : >"$place/updated" ;;
        esac
        """
      ),
      ("dpkg-deb", "mkdir -p \"$3/usr/share/doc/anarchism/markdown\" && echo a >\"$_/a.md\""),
      ("sudo", "exec \"$@\""),
    ] {
      let path = try folder.write("#!/bin/bash\n\(body)\n", to: "tools/\(name)")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
    // What the program then says of so short a text does not matter here.
    _ = try await run("place=$PWD PATH=$PWD/tools:$PATH \"$launch/text.sh\" out")
    #expect(try folder.text(of: "out/essays/a.txt") == "a\n")
    let calls = try folder.text(of: "calls").split(separator: "\n")
    #expect(calls.count == 3 && calls[1] == "update -q", "\(calls)")
  }

  @Test("A number of ranks that no shell can count is refused")
  func numbers() async throws {
    let refused = try await run("\"$launch/local.sh\" 99999999999999999999 a")
    #expect(refused.exitCode == 64, "\(refused)")
    #expect(refused.standardError.contains("is not a number of ranks"), "\(refused)")
  }

  @Test("A host that is named twice has the slots of both lines, and a failure of mpirun is told")
  func hosts() async throws {
    let told = try await run(
      "mkdir tools; printf '#!/bin/sh\\ncat \"$4\"\\nexit 1\\n' >tools/mpirun; chmod +x tools/mpirun; "
        + "printf 'localhost slots=1\\n127.0.0.1 slots=1\\nlocalhost slots=2\\n' >hosts; "
        + "PATH=$PWD/tools:$PATH \"$launch/hosts.sh\" hosts 3 a")
    #expect(told.exitCode == 1, "\(told)")
    #expect(told.standardOutput == "localhost slots=3\n127.0.0.1 slots=1\n", "\(told)")
    #expect(told.standardError.contains("mpirun failed (exit code 1)"), "\(told)")
  }
}
