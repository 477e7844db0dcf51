import Foundation
import Kernels
import TestSupport
import Testing

/// The digests that the documentation quotes, each with the run that it is of.
@Suite("Quoted digests", .timeLimit(.minutes(60)))
struct QuotedDigestTests {
  /// The kernels that the quoted runs were computed with.
  private static let core = "Cooperlake"
  private static let version = "OpenBLAS 0.3.21"

  /// Whether these kernels run here: then OpenBLAS takes them when it is told to.
  private static let hasKernels =
    information.contains(" avx512_bf16 ") && BLAS.configuration.contains(version)
  private static let information = String(
    decoding: FileManager.default.contents(atPath: "/proc/cpuinfo") ?? Data(), as: UTF8.self)

  /// Whether OpenBLAS takes them where nobody tells it to: one with tiles has its own.
  private static let takesKernels = hasKernels && !information.contains(" amx_bf16 ")

  private static func page(_ name: String) throws -> String {
    let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
    return try String(contentsOf: root.appending(path: name), encoding: .utf8)
  }

  /// The digests of weights that README quotes, in its order.
  private static func quoted() throws -> [String] {
    try page("README.md").matches(of: /weights sha256 ([0-9a-f]{64})/).map { String($0.1) }
  }

  @Test("README quotes three runs: Fashion-MNIST, text, and the digits")
  func all() throws {
    // A further one needs a test here.
    #expect(try Self.quoted().count == 3)
    #expect(try Self.page("README.md").contains("\(Self.version) (\(Self.core) kernels)"))
  }

  @Test("What the changelog says of the newest digests is what README quotes")
  func changelog() throws {
    let text = try Self.page("CHANGELOG.md")
    let newest = text.components(separatedBy: "\n## ").first { $0.hasPrefix("[Unreleased]") } ?? ""
    let short = newest.matches(of: /with (?:weights sha256 )?([0-9a-f]{8})…/).map { String($0.1) }
    #expect(!short.isEmpty)
    let quoted = try Self.quoted()
    for digest in short {
      #expect(quoted.contains { $0.hasPrefix(digest) }, "\(digest)")
    }
  }

  @Test(
    "The digits end with the digest that README quotes, with no variable set",
    .enabled(if: takesKernels, "needs a processor with AVX-512 BF16 and OpenBLAS 0.3.21"))
  func digits() async throws {
    try await expect("digits", toEndWith: try #require(try Self.quoted().last), environment: [:])
  }

  @Test(
    "Fashion-MNIST ends with the digest that README quotes",
    .enabled(if: hasKernels, "needs a processor with AVX-512 BF16 and OpenBLAS 0.3.21"),
    .enabled(
      if: ProcessInfo.processInfo.environment["GMLP_TRAIN_TESTED_PROGRAMS"] != nil,
      "takes minutes with a debug build"))
  func fashionMNIST() async throws {
    try await expect(
      "fashion-mnist", toEndWith: try #require(try Self.quoted().first),
      environment: ["OPENBLAS_CORETYPE": Self.core])
  }

  private func expect(
    _ configuration: String, toEndWith digest: String, environment: [String: String]
  ) async throws {
    let folder = try TemporaryFolder()
    let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "--config", root.appending(path: "configs/\(configuration).toml").path, "--run-dir", "run",
      ], ranks: nil, environment: environment, directory: folder.path,
      deadlineSeconds: 1_500)
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardOutput.contains("OpenBLAS \(Self.core), "), "\(run)")
    #expect(run.weights == "weights sha256 \(digest)", "\(run)")
  }
}
