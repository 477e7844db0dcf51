import Foundation
import RunSupport
import TestSupport
import Testing

/// The program of `Examples/Digits`, which sees what is public alone.
@Suite("Examples", .timeLimit(.minutes(60)))
struct ExampleTests {
  private static let folder = PackageFolder.url.appending(path: "Examples/Digits")

  @Test("It learns the digits, with the same numbers on two ranks", arguments: [nil, 2])
  func digits(ranks: Int?) async throws {
    let folder = try TemporaryFolder()
    let run = try await MPIRun(
      executable: "DigitsExample", arguments: ["run"], ranks: ranks, directory: folder.path)
    #expect(run.exitCode == 0, "\(run)")
    let lines = run.standardOutput.split(separator: "\n")
    #expect(lines.count == 5, "\(run)")
    let losses = lines.compactMap { line in
      line.split(separator: " ").last.flatMap { Double($0) }
    }
    #expect(losses == Self.losses, "\(run)")
    let metrics = try folder.text(of: "run/metrics.jsonl")
    for loss in losses { #expect(metrics.contains("\"loss\":\(loss),")) }
  }

  /// Portable products: the same on every processor.
  private static let losses = [
    2.1203538144266614, 1.3149453320176718, 0.7271350816904409, 0.30015305243265133,
    0.20513100948793625,
  ]

  @Test("A refused configuration ends the program with one line and an exit code")
  func refused() async throws {
    let folder = try TemporaryFolder()
    try folder.write("no folder", to: "run")
    let run = try await MPIRun(
      executable: "DigitsExample", arguments: ["run/below"], ranks: nil, directory: folder.path)
    #expect(run.failed(74, "run/below"), "\(run)")
  }

  @Test("The example's package names existing products, and its program is short")
  func package() throws {
    let manifest = try String(
      contentsOf: PackageFolder.url.appending(path: "Package.swift"), encoding: .utf8)
    let example = try String(
      contentsOf: Self.folder.appending(path: "Package.swift"), encoding: .utf8)
    let page = try String(
      contentsOf: PackageFolder.url.appending(path: "Examples/README.md"), encoding: .utf8)
    for product in example.matches(of: #/\.product\(name: "(\w+)"/#) {
      #expect(manifest.contains("name: \"\(product.1)\""))
      #expect(page.contains("`\(product.1)`"))
    }
    let dependency = try #require(example.firstMatch(of: #/dependencies: \[\.package\(.*\)\]/#)).0
    #expect(page.contains(dependency))
    let program = try String(
      contentsOf: Self.folder.appending(path: "Sources/Digits/Digits.swift"), encoding: .utf8)
    #expect(program.split(separator: "\n").count < 40)
  }
}
