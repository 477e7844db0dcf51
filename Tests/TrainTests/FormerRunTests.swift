import Digests
import Foundation
import Kernels
import RunSupport
import TestSupport
import Testing

@testable import Configuration

/// Runs whose checkpoints are older than `train.products`.
@Suite("Runs of 0.1.0", .tags(.mpi, .slow), .timeLimit(.minutes(60)))
struct FormerRunTests {
  /// What multiplied then.
  private static let products: ProductChoice =
    ProductLibrary.available.contains(.onednn) ? .onednn : .openblas

  @Test("They go on with the products that they began with, and end with the same bits")
  func goesOn() async throws {
    let runs = try DigitsRuns()
    let explicit = ["--set", "train.products=\(Self.products.rawValue)"]
    #expect(try await runs.train("whole", explicit).exitCode == 0)
    #expect(try await runs.train("former", explicit + ["--stop-after", "17"]).exitCode == 75)
    try Self.forgetProducts("\(runs.path)/former")
    let resumed = try await runs.train("former", ranks: 2)
    #expect(resumed.exitCode == 0, "\(resumed)")
    #expect(resumed.standardOutput.contains("resumed after step 17"), "\(resumed)")
    #expect(try runs.finished("former").files == runs.finished("whole").files)
    #expect(try await runs.train("portable").exitCode == 0)
    #expect(try runs.finished("portable").files != runs.finished("whole").files)
  }

  /// Takes the key out of every checkpoint of a run, and out of its configuration.
  private static func forgetProducts(_ run: String) throws {
    let key = "products = \"\(products.rawValue)\"\n"
    let configuration = try String(contentsOfFile: "\(run)/config.toml", encoding: .utf8)
    try #require(configuration.contains(key), "\(configuration)")
    try configuration.replacing(key, with: "").write(
      toFile: "\(run)/config.toml", atomically: true, encoding: .utf8)
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(run)/checkpoints")
    where name.hasPrefix("step-") {
      let path = "\(run)/checkpoints/\(name)/state.json"
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(
        separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
      let quoted = "products = \\\"\(products.rawValue)\\\"\\n"
      try #require(lines[2].contains(quoted), "\(lines[2])")
      let body = lines[2].replacing(quoted, with: "")
      var digest = SHA256()
      digest.update(Array(body.utf8).span)
      try "{\n  \"state_sha256\" : \"\(digest.hexadecimal)\",\n\(body)".write(
        toFile: path, atomically: true, encoding: .utf8)
    }
  }
}
