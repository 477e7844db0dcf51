import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("prepare", .timeLimit(.minutes(60)))
struct PrepareTests {
  @Test("Shards train to the same weights as their source")
  func roundTrip() async throws {
    let digits = try await TrainedDigits()
    let folder = digits.folder
    let train = try await command(
      "prepare", "--format", "digits", "--output", "data/train", "--json", in: folder.path)
    #expect(train.exitCode == 0, "\(train.standardError)")
    let result = try train.object()
    #expect(result["samples"] as? Int == 1_438 && result["classes"] as? Int == 10)
    #expect(
      result["dataset_sha256"] as? String == (try digits.last("start")["dataset_digest"] as? String)
    )
    let test = try await command(
      "prepare", "--format", "digits", "--split", "test", "--output", "data/test", in: folder.path)
    #expect(test.exitCode == 0 && test.standardOutput.contains("359 samples in 1 shard"))
    let run = try await command(
      "--config", "digits.toml", "--run-dir", "again", "--set", "data.format=shards", "--set",
      "data.train=[\"data/train\"]", "--set", "data.test=[\"data/test\"]", in: folder.path)
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(run.standardOutput.contains(try digits.weightsDigest))
    let shard = try await command(
      "inspect", "data/train/00000-of-00001.shard", "--json", in: folder.path
    ).object()
    #expect(shard["samples"] as? Int == 1_438 && shard["shard"] as? Int == 0)
    #expect(shard["dataset_sha256"] as? String == result["dataset_sha256"] as? String)
  }

  @Test("IDX files become several shards, which can be repacked")
  func idx() async throws {
    let folder = try TemporaryFolder()
    let count = 250
    let pixels = (0..<count * 100 * 100).map { UInt8(truncatingIfNeeded: $0 / 7) }
    try folder.write(
      IDXBytes.images(count, rows: 100, columns: 100, pixels: pixels), to: "images")
    try folder.write(IDXBytes.labels((0..<count).map { UInt8($0 % 4) }), to: "labels")
    let many = try await command(
      "prepare", "--format", "idx", "--input", "images", "labels", "--output", "set",
      "--shard-mb", "1", "--json", in: folder.path
    ).object()
    #expect((many["shards"] as? [String])?.count == 3)
    let whole = try await command("inspect", "set", "--json", in: folder.path).object()
    #expect(whole["samples"] as? Int == count && whole["shards"] as? Int == 3)
    let one = try await command(
      "prepare", "--format", "shards", "--input", "set", "--output", "one", "--json",
      in: folder.path
    ).object()
    #expect((one["shards"] as? [String])?.count == 1)
    #expect(one["dataset_sha256"] as? String == many["dataset_sha256"] as? String)
  }

  @Test("An existing folder is kept unless forced, and wrong input is reported once")
  func wrong() async throws {
    let folder = try TemporaryFolder()
    let arguments = ["prepare", "--format", "digits", "--output", "set"]
    func prepare(_ more: [String]) async throws -> MPIRun {
      try await MPIRun(
        executable: "gmlp-train", arguments: arguments + more, ranks: nil, directory: folder.path)
    }
    #expect(try await prepare([]).exitCode == 0)
    let again = try await prepare([])
    #expect(again.failed(64, "set", "--force"), "\(again)")
    #expect(try await prepare(["--force"]).exitCode == 0)
    try folder.write("mine", to: "set/notes.txt")
    let other = try await prepare(["--force"])
    #expect(other.failed(64, "set/notes.txt"), "\(other)")
    #expect(try folder.text(of: "set/notes.txt") == "mine")

    let few = try await command("prepare", "--format", "idx", "--input", "a", "--output", "b")
    #expect(few.failed(64, "idx takes two"), "\(few)")
    let absent = try await command(
      "prepare", "--format", "idx", "--input", "a", "b", "--output", "c", in: folder.path)
    #expect(absent.failed(65, "a: cannot open"), "\(absent)")
    let format = try await command("prepare", "--format", "png", "--output", "c")
    #expect(format.failed(64, "png"), "\(format)")
  }

  @Test("Under mpirun one rank writes")
  func ranks() async throws {
    let folder = try TemporaryFolder()
    let run = try await command(
      "prepare", "--format", "digits", "--output", "set", "--json", ranks: 3, in: folder.path)
    #expect(run.exitCode == 0, "\(run.standardError)")
    #expect(try run.object()["samples"] as? Int == 1_438)
  }
}
