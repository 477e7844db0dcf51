import Foundation
import RunSupport
import Testing

/// Damaged files in all formats; `Fuzzer READER --inputs 1000000` goes further.
@Suite("Damaged files in all formats", .timeLimit(.minutes(60)))
struct FuzzingTests {
  static let readers = [
    "safetensors", "state", "toml", "sweep", "idx", "png", "jpeg", "webp", "tar", "shards",
    "picture-shards", "text-shards", "labelled-shards", "questions", "inputs", "cifar10",
  ]

  @Test("Every input is read or refused, quickly and in little memory", arguments: readers)
  func inputs(reader: String) async throws {
    let run = try await MPIRun(
      executable: "Fuzzer", arguments: [reader, "--inputs", "3000"], ranks: nil)
    #expect(run.exitCode == 0, "\(run.standardOutput)\(run.standardError)")
    #expect(run.standardOutput.hasPrefix("\(reader): inputs 3000, "), "\(run.standardOutput)")
    // Were all refused, or none, nothing behind the first check would have been reached.
    for count in ["accepted 0,", "refused 0,"] {
      #expect(!run.standardOutput.contains(count), "\(run.standardOutput)")
    }
  }

  @Test("An unknown reader is refused")
  func wrong() async throws {
    let run = try await MPIRun(executable: "Fuzzer", arguments: ["pdf"], ranks: nil)
    #expect(run.exitCode == 64 && run.standardError.contains("no reader 'pdf'"), "\(run)")
  }
}
