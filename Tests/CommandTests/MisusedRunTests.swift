import Foundation
import RunSupport
import TestSupport
import Testing

/// What is named, or found, in the place of a part of a run.
@Suite("Misused runs", .serialized, .timeLimit(.minutes(60)))
struct MisusedRunTests {
  private func run(_ arguments: String..., in folder: TemporaryFolder) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: nil, directory: folder.path)
  }

  @Test(
    "A run in the place of a checkpoint is called a run, and auto and never are known in capitals")
  func notACheckpoint() async throws {
    let folder = try await TrainedDigits().folder
    let words = "run: this is the directory of a run, not a checkpoint; name one of its checkpoints"
    let evaluated = try await run("evaluate", "--checkpoint", "run", in: folder)
    #expect(evaluated.failed(65, words), "\(evaluated)")
    let branched = try await run(
      "--config", "digits.toml", "--run-dir", "b", "--resume", "run", in: folder)
    #expect(branched.failed(65, words), "\(branched)")
    for (word, meant) in [("Auto", "auto"), (" never", "never")] {
      let resumed = try await run(
        "--config", "digits.toml", "--run-dir", "run", "--resume", word, in: folder)
      #expect(resumed.failed(64, "--resume '\(word)': write \(meant)"), "\(resumed)")
    }
  }

  @Test("A checkpoint in the place of a run is refused, and no run begins inside of one")
  func notARun() async throws {
    let folder = try await TrainedDigits().folder
    let before = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
    for path in ["run/checkpoints", "run/checkpoints/best", "run/checkpoints/step-0000000006/"] {
      for resume in ["auto", "never"] {
        let refused = try await run(
          "--config", "digits.toml", "--run-dir", path, "--resume", resume, in: folder)
        #expect(refused.failed(64, "is a part of a run, not its directory"), "\(refused)")
      }
    }
    #expect(try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted() == before)
    let inspected = try await run("inspect", "run/checkpoints", in: folder)
    #expect(inspected.failed(65, "run/checkpoints: holds the checkpoints of a run"), "\(inspected)")
  }

  @Test("All checkpoints of a run are no weights and no checkpoint, and the line says what to name")
  func allCheckpoints() async throws {
    let folder = try await TrainedDigits().folder
    let newest = "run/checkpoints/step-0000000006"
    for path in ["run/checkpoints", "run/checkpoints/"] {
      let started = try await run(
        "--config", "digits.toml", "--run-dir", "new", "--weights", path, in: folder)
      #expect(
        started.failed(
          65, "run/checkpoints: holds the checkpoints of a run",
          "name its directory, run, or one of them, as in \(newest)"), "\(started)")
      let branched = try await run(
        "--config", "digits.toml", "--run-dir", "new", "--resume", path, in: folder)
      let evaluated = try await run("evaluate", "--checkpoint", path, in: folder)
      for refused in [branched, evaluated] {
        #expect(
          refused.failed(
            65, "run/checkpoints: holds the checkpoints of a run", "as in \(newest)"), "\(refused)")
      }
    }
    #expect(try !folder.names(in: folder.path).contains("new"))
  }

  @Test("What is in the way of a file is reported in words")
  func inTheWay() async throws {
    let folder = try TemporaryFolder()
    try folder.write(TrainedDigits.configuration, to: "digits.toml")
    for name in ["metrics.jsonl", "config.toml"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder.path)/\(name)-run/\(name)", withIntermediateDirectories: true)
      let refused = try await run(
        "--config", "digits.toml", "--run-dir", "\(name)-run", in: folder)
      #expect(refused.exitCode == 74, "\(refused)")
      #expect(refused.standardError.contains("Is a directory"), "\(refused)")
      #expect(!refused.standardError.contains("NSCocoaErrorDomain"), "\(refused)")
    }
  }

  @Test("A transposed head belongs to another model, not to other classes")
  func transposedHead() async throws {
    let folder = try await TrainedDigits().folder
    let name = "run/checkpoints/step-0000000006/model.safetensors"
    let bytes = try Data(contentsOf: URL(filePath: "\(folder.path)/\(name)"))
    let shape = Data(#""shape":[10,16]"#.utf8)
    let place = try #require(bytes.firstRange(of: shape))
    var transposed = bytes
    transposed.replaceSubrange(place, with: Data(#""shape":[16,10]"#.utf8))
    try transposed.write(to: URL(filePath: "\(folder.path)/transposed.safetensors"))
    let refused = try await run(
      "--config", "digits.toml", "--run-dir", "new", "--weights", "transposed.safetensors",
      in: folder)
    #expect(refused.failed(65, "head.weight has shape [16, 10]", "needs [10, 16]"), "\(refused)")
    #expect(try !folder.names(in: folder.path).contains("new"))
  }
}
