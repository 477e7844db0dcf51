import Foundation
import RunSupport
import TestSupport
import Testing

/// Scripts find their files wherever they are called from, through links too, and whatever `CDPATH` says.
@Suite("Places of scripts", .timeLimit(.minutes(60)))
struct ScriptPlaceTests {
  private let folder: TemporaryFolder
  /// A checkout with a program that says where it is.
  private var checkout: String { "\(folder.path)/a check out" }

  init() throws {
    folder = try TemporaryFolder()
    let manager = FileManager.default
    for name in ["a check out/.build/release", "bin and links", "elsewhere/launch", "tools"] {
      try manager.createDirectory(
        atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
    }
    try folder.copyProgram(
      PackageFolder.url.appending(path: "launch").path, to: "a check out/launch")
    try write("a check out/.build/release/gmlp-train", "echo \"program $0\"")
    try write(
      "tools/swift",
      "case $1 in --version) echo 'Swift version 6.9' ;; *) echo \"swift in $PWD: $*\" ;; esac")
    try write("tools/dpkg-query", "echo installed")
  }

  private func write(_ name: String, _ body: String) throws {
    try folder.writeProgram("#!/bin/sh\n\(body)\n", to: name)
  }

  /// Runs a command of bash in another folder, in which `CDPATH` leads elsewhere.
  private func run(_ command: String, _ arguments: [String]) async throws -> MPIRun {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return try await MPIRun(
      executable: "/usr/bin/env",
      arguments: ["-u", "GMLP_TRAIN_EXECUTABLE", "/bin/bash", "-c", command] + arguments,
      ranks: nil,
      environment: [
        "PATH": "\(folder.path)/tools:\(path)", "CDPATH": ".:\(folder.path)/elsewhere:/tmp",
        "OMPI_MCA_plm_rsh_agent": "/bin/false",
      ], directory: "\(folder.path)/elsewhere")
  }

  /// The ways to name a script: its path, a link to it and a link to that.
  private func ways(to script: String) throws -> [String] {
    let links = "\(folder.path)/bin and links"
    let name = "\(script)-link"
    try FileManager.default.createSymbolicLink(
      atPath: "\(links)/\(name)", withDestinationPath: "../a check out/launch/\(script)")
    try FileManager.default.createSymbolicLink(
      atPath: "\(links)/again-\(name)", withDestinationPath: name)
    return [
      "\(checkout)/launch/\(script)", "../a check out/launch/\(script)", "\(links)/\(name)",
      "../bin and links/again-\(name)",
    ]
  }

  @Test(
    "Launch scripts find their checkout",
    arguments: [
      ("local.sh", ["1"], "program"), ("local.sh", ["2"], "program"),
      ("hosts.sh", ["hosts", "2"], "program"), ("setup.sh", [], "swift"), ("test.sh", [], "swift"),
    ])
  func launch(script: String, arguments: [String], words: String) async throws {
    try folder.write("localhost slots=2\n", to: "elsewhere/hosts")
    for path in try ways(to: script) {
      let run = try await run("exec \"$0\" \"$@\"", [path] + arguments)
      #expect(run.exitCode == 0, "\(path): \(run)")
      let lines = run.standardOutput.split(separator: "\n")
      let found = words == "program" ? "program \(checkout)/.build/release/gmlp-train" : checkout
      #expect(lines.contains { $0.hasPrefix(words) && $0.contains(found) }, "\(path): \(run)")
      #expect(run.standardError.isEmpty, "\(path): \(run)")
    }
  }

  @Test("environment.sh puts the program of its checkout first, and changes nothing else")
  func environment() async throws {
    for path in try ways(to: "environment.sh") {
      let run = try await run("source \"$1\" && echo \"$CDPATH|$PATH\"", ["-", path])
      #expect(run.exitCode == 0 && run.standardError.isEmpty, "\(path): \(run)")
      let wanted = ".:\(folder.path)/elsewhere:/tmp|\(checkout)/.build/release:"
      #expect(run.standardOutput.hasPrefix(wanted), "\(path): \(run)")
    }
  }

  @Test("No script uses cd to find itself, which fails with CDPATH and symbolic links")
  func allScripts() throws {
    var scripts: [String] = []
    for place in [
      "launch", ".ci", "packaging", "Tests", "Tests/Hosts", "Tests/Packages",
      "Tests/Scaling/simgrid", "Tests/Slurm", "Benchmarks",
    ] {
      let path = PackageFolder.url.appending(path: place).path
      scripts += try folder.names(in: path).map { "\(path)/\($0)" }.filter {
        $0.hasSuffix(".sh") || $0.hasSuffix(".sbatch") || place == ".ci"
      }
    }
    #expect(scripts.count > 15)
    for script in scripts {
      for line in try String(contentsOfFile: script, encoding: .utf8).split(separator: "\n") {
        #expect(!line.contains("$(cd "), "\(script): \(line)")
        let asksItself =
          line.contains("dirname") && (line.contains("SOURCE") || line.contains("$0"))
        #expect(!asksItself || line.contains("readlink -f"), "\(script): \(line)")
      }
    }
  }
}
