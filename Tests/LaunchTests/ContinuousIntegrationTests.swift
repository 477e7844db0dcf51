import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("Continuous integration", .timeLimit(.minutes(60)))
struct ContinuousIntegrationTests {
  /// Stands for every program that the script calls, and notes the call.
  private static let stub = """
    #!/bin/bash
    echo "$(basename "$0") $*" >>"$CALLS"
    """

  @Test("Package lists are fetched before packages that only the checks need")
  func lists() async throws {
    let folder = try TemporaryFolder()
    let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
    for name in ["tree/.ci", "tree/launch", "tree/Tests", "bin"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
    }
    try folder.copyProgram(root.appending(path: ".ci/run").path, to: "tree/.ci/run")
    // setup.sh finds everything there; dpkg-query then knows no package.
    for name in [
      "tree/launch/setup.sh", "tree/launch/test.sh", "tree/.ci/aarch64", "tree/.ci/portable",
      "tree/.ci/site", "tree/.ci/example", "tree/Tests/docs.sh",
    ]
      + ["apt-get", "sudo", "dpkg-query", "shellcheck"].map({ "bin/\($0)" })
    {
      try folder.writeProgram(Self.stub, to: name)
    }
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let run = try await MPIRun(
      executable: "/bin/bash", arguments: ["\(folder.path)/tree/.ci/run"], ranks: nil,
      environment: ["PATH": "\(folder.path)/bin:\(path)", "CALLS": "\(folder.path)/calls"])
    #expect(run.exitCode == 0, "\(run)")
    let calls = try folder.text(of: "calls").split(separator: "\n")
    let update = try #require(calls.firstIndex { $0.contains("apt-get update") }, "\(calls)")
    let install = try #require(calls.firstIndex { $0.contains("apt-get install") }, "\(calls)")
    #expect(update < install)
    #expect(calls.contains { $0.hasPrefix("test.sh") })
  }
}
