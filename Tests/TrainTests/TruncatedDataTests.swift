import Foundation
import RunSupport
import Testing

/// Files that somebody cuts short while they are mapped.
@Suite("Data truncated during a run", .timeLimit(.minutes(60)))
struct TruncatedDataTests {
  @Test("The file is named, the exit code is 65, and nothing restarts", arguments: [1, 2])
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
}
