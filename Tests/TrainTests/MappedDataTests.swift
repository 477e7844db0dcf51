import Foundation
import RunSupport
import Testing

/// Files of data that are mapped: on file systems that cannot share them, and cut short meanwhile.
@Suite("Mapped data", .timeLimit(.minutes(60)))
struct MappedDataTests {
  @Test("One cut short is named, the exit code is 65, and nothing restarts", arguments: [1, 2])
  func truncated(ranks: Int) async throws {
    let files = try GoodFiles()
    // Long enough to be met during a run.
    let run = try StartedRun(
      executable: PackageFolder.url.appending(path: "launch/local.sh").path,
      arguments: [
        "--max-restarts", "3", "\(ranks)", "--config", "\(files.path)/run.toml", "--run-dir",
        "\(files.path)/run", "--set", "train.epochs=1000000",
        "--set", "train.checkpoint_every=1000000", "--set", "train.evaluate_every=1000000",
      ], ranks: nil,
      environment: ["GMLP_TRAIN_EXECUTABLE": try Programs.product("gmlp-train").path],
      directory: files.path)
    try await run.wait(for: "\"event\":\"start\"", inFile: "\(files.path)/run/metrics.jsonl")
    let handle = try FileHandle(
      forWritingTo: URL(filePath: files.path).appending(path: "train-images"))
    try handle.truncate(atOffset: 0)
    let end = try await run.finish()
    #expect(end.exitCode == 65, "\(end)")
    #expect(end.standardError.contains("train-images: was cut short"), "\(end)")
    #expect(!end.standardError.contains("restart 1"), "\(end)")
  }

  @Test("Where a file system refuses to share them, a run computes the same")
  func unshared() async throws {
    let files = try GoodFiles()
    var digests: [String] = []
    for (directory, number) in [("shared", nil), ("private", ENODEV)] as [(String, Int32?)] {
      var environment = ["LD_PRELOAD": try Programs.product("libFileFaults.so").path]
      environment["GMLP_TEST_SHARED_MAPPING"] = number.map { "\($0)" }
      let run = try await MPIRun(
        executable: "gmlp-train", arguments: ["--config", "run.toml", "--run-dir", directory],
        ranks: nil, environment: environment, directory: files.path)
      #expect(run.exitCode == 0, "\(run)")
      let metrics = try String(
        contentsOfFile: "\(files.path)/\(directory)/metrics.jsonl", encoding: .utf8)
      let lines = metrics.split(separator: "\n")
      let end = try #require(lines.last(where: { $0.contains("\"event\":\"end\"") }))
      let object = try JSONSerialization.jsonObject(with: Data(end.utf8)) as? [String: Any]
      digests.append(try #require(object?["weights_sha256"] as? String))
    }
    #expect(digests[0] == digests[1])
  }

  @Test("Another refusal than that ends the start")
  func unmapped() async throws {
    let files = try GoodFiles()
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: ["--config", "run.toml", "--run-dir", "run"],
      ranks: nil,
      environment: [
        "LD_PRELOAD": try Programs.product("libFileFaults.so").path,
        "GMLP_TEST_SHARED_MAPPING": "\(EACCES)",
      ], directory: files.path)
    #expect(run.failed(74, "cannot map", "Permission denied"), "\(run)")
  }
}
