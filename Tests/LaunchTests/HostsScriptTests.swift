import Foundation
import RunSupport
import TestSupport
import Testing

/// `launch/hosts.sh` on one machine; ``HostsTests`` has several.
@Suite("The script for several hosts", .timeLimit(.minutes(60)))
struct HostsScriptTests {
  private let folder: LaunchFolder
  private let agent: String

  init() throws {
    folder = try LaunchFolder()
    agent = try folder.writeProgram(
      "#!/bin/sh\necho \"Permission denied (publickey).\" >&2\nexit 255\n", to: "agent")
  }

  private func run(_ hosts: String, ranks: Int, program: String = "/usr/bin/env") async throws
    -> MPIRun
  {
    try Data(hosts.utf8).write(to: URL(filePath: "\(folder.path)/hosts"))
    return try await folder.start(
      "hosts.sh", ["--max-restarts", "1", "hosts", "\(ranks)"], program: program,
      environment: ["OMPI_MCA_plm_rsh_agent": agent, "GMLP_TRAIN_OWN": "mine"]
    ).finish()
  }

  @Test("This machine needs no ssh, under any of its names")
  func thisMachine() async throws {
    let name = try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    for host in ["localhost", "127.0.0.1", name] {
      let run = try await run("\(host) slots=2\n", ranks: 2)
      #expect(run.exitCode == 0 && run.standardError.isEmpty, "\(host): \(run)")
      #expect(run.standardOutput.contains("OMPI_COMM_WORLD_SIZE=2"), "\(host): \(run)")
    }
  }

  @Test("A byte order mark and other systems' line endings are ignored")
  func foreignText() async throws {
    for text in [
      "\u{FEFF}localhost slots=2\r\n", "\u{FEFF}# ours\r\n\r\nlocalhost slots=2 # all\r\n",
      "\u{FEFF}\nlocalhost\tslots=2",
    ] {
      let run = try await run(text, ranks: 2)
      #expect(run.exitCode == 0 && run.standardError.isEmpty, "\(run)")
    }
  }

  @Test("A host file in UTF-16 is refused as such")
  func wideText() async throws {
    let text = "localhost slots=2\n".unicodeScalars.map { "\($0)\0" }.joined()
    let run = try await run(text, ranks: 2)
    #expect(run.exitCode == 64 && run.standardError.contains("looks like UTF-16"), "\(run)")
  }

  @Test("A host that does not answer is reported with what was tried")
  func silent() async throws {
    let one = try await run("far slots=1\nlocalhost slots=1\n", ranks: 2)
    #expect(one.exitCode == 0, "\(one)")
    let words = "far does not answer and is left out (Permission denied (publickey).); try it: "
    #expect(one.standardError.contains("hosts.sh: \(words)\(agent) far true\n"), "\(one)")
    let none = try await run("far slots=1\n", ranks: 2)
    #expect(none.exitCode == 64 && none.standardError.contains("no host of hosts"), "\(none)")
  }

  @Test("Ranks know that they are a restart, wherever they run")
  func restart() async throws {
    let program = try folder.writeProgram(
      "#!/bin/sh\nenv\n[ -n \"$GMLP_TRAIN_RESTART\" ] || exit 76\n", to: "program")
    let run = try await run("localhost slots=1\n", ranks: 1, program: program)
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardOutput.contains("GMLP_TRAIN_RESTART=1"), "\(run)")
    #expect(run.standardOutput.contains("GMLP_TRAIN_OWN=mine"), "\(run)")
  }
}
