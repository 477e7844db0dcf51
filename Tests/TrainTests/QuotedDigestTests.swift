import Foundation
import RunSupport
import TestSupport
import Testing

/// The digests that the documentation quotes, each with what it is of.
@Suite("Quoted digests", .timeLimit(.minutes(120)))
struct QuotedDigestTests {
  /// A run that README or a page quotes.
  struct Run: Sendable {
    let configuration: String
    let digest: String
    /// A line of its output that is quoted too; nil if none is.
    var line: String?
  }

  static let fashionMNIST = Run(
    configuration: "fashion-mnist",
    digest: "e2f91553f92470e1596f316e2b085ec86a2cffb24dc67cf613e8e64c12d2f39d",
    line: "evaluation after step 2340: loss 0.2707, accuracy 90.32 % of 10000, the best so far")
  static let text = Run(
    configuration: "mlm-small",
    digest: "841a9f8ea531aff3321061b7ddfe34cdc2c9c5fc9c2482b9eed2d3ef06f9fe99",
    line: "evaluation after step 1250: loss 3.5632, perplexity 35.28, accuracy 38.74 % of 21166, "
      + "the best so far")
  static let digits = Run(
    configuration: "digits",
    digest: "20cd96212926bb1d0775333c0b7ebc3ff112a6d54554e8d9165ff01ea8aae8a5")

  /// `Tests/docs.sh` compares it with what the page's commands print.
  private static let fineTuning =
    "ba897213cdccbcab16ffd11bf3d68ad7bd844e65701c40483b35c23128b3e5f4"

  private static let novels = (file: "1900891745fa1c86", set: "40973bb549aefbfa")

  /// What else the pages quote.
  private static let others = [
    "b39ce6af": "fashion-mnist.toml in 0.1.0, before what the changelog tells",
    "43a4bab0": "digits.toml in 0.1.0",
    "5c24f32a": "fashion-mnist.toml by oneDNN and OpenBLAS on a Zen 5",
    "29794656": "digits.toml by the same",
    "06da074b": "mlm-small.toml by the same",
    fineTuning: "the pretraining of docs/tutorials/fine-tune.md",
    novels.file: "the file novels93.txt.xz",
    novels.set: "the training set of it",
    "15b6e925d06bb63a": "an example of a vocabulary in a message",
    "07eced375cec144d": "another one",
  ]

  private static let root = PackageFolder.url

  private static func page(_ name: String) throws -> String {
    try String(contentsOf: root.appending(path: name), encoding: .utf8)
  }

  @Test("README and its pages quote the runs that are recorded here: Fashion-MNIST, text, digits")
  func all() throws {
    let runs = [Self.fashionMNIST, Self.text, Self.digits]
    let text = try PackageFolder.pages().filter { $0 != "CHANGELOG.md" }.map(Self.page)
      .joined(separator: "\n")
    let quoted = text.matches(of: /weights sha256 ([0-9a-f]{64})/).map { String($0.1) }
    #expect(Set(quoted) == Set(runs.map(\.digest) + [Self.fineTuning]))
    #expect(try Self.page("README.md").contains("weights sha256 \(Self.fashionMNIST.digest)\n"))
    for line in runs.compactMap(\.line) {
      #expect(text.contains("\n\(line)\n"), "\(line)")
    }
  }

  @Test("What the changelog says of the newest digests is what the pages quote")
  func changelog() throws {
    let text = try Self.page("CHANGELOG.md")
    let newest = text.components(separatedBy: "\n## ").first { $0.hasPrefix("[Unreleased]") } ?? ""
    let short = newest.matches(of: /with (?:weights sha256 )?([0-9a-f]{8})…/).map { String($0.1) }
    #expect(!short.isEmpty)
    for digest in short {
      #expect(
        [Self.fashionMNIST, Self.text, Self.digits].contains { $0.digest.hasPrefix(digest) },
        "\(digest)")
    }
  }

  @Test("Every digest that a page quotes is recorded here")
  func everyPage() throws {
    var known = Set(Self.others.keys)
    // `BadInputTests` compares errors.md, whose digests are those of the tests' own files.
    for name in try PackageFolder.pages() where !name.hasSuffix("/errors.md") {
      for match in try Self.page(name).matches(of: /\b([0-9a-f]{8,64})\b(…?)/) {
        let digest = String(match.1)
        // A number or a word is none.
        let isMixed = digest.contains(where: \.isNumber) && digest.contains(where: \.isLetter)
        guard isMixed || !match.2.isEmpty else { continue }
        let isOfRun = [Self.fashionMNIST, Self.text, Self.digits].contains {
          $0.digest.hasPrefix(digest)
        }
        #expect(isOfRun || Self.others[digest] != nil, "\(name): \(digest)")
        known.remove(digest)
      }
    }
    #expect(known.isEmpty, "no page quotes \(known)")
  }

  @Test("The digits end with the digest that is quoted")
  func digitsRun() async throws {
    try await expect(Self.digits, ranks: nil, in: TemporaryFolder())
  }

  @Test(
    "Fashion-MNIST ends with the digest that is quoted",
    .enabled(
      if: ProcessInfo.processInfo.environment["GMLP_TRAIN_TESTED_PROGRAMS"] != nil,
      "takes minutes with a debug build"))
  func fashionMNISTRun() async throws {
    try await expect(Self.fashionMNIST, ranks: nil, in: TemporaryFolder())
  }

  /// `Tests/prove.sh digests` runs it.
  @Test(
    "The text model ends with the digest that is quoted",
    .enabled(
      if: ProcessInfo.processInfo.environment["GMLP_TRAIN_LONG_TESTS"] == "1",
      "downloads a text and takes minutes: GMLP_TRAIN_LONG_TESTS=1 runs it"))
  func textRun() async throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/bin", withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/bin/gmlp-train",
      withDestinationPath: try Programs.product("gmlp-train").path)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let data = try await MPIRun(
      executable: Self.root.appending(path: "launch/text.sh").path, arguments: ["data"], ranks: nil,
      environment: ["PATH": "\(folder.path)/bin:\(path)"], directory: folder.path)
    #expect(data.exitCode == 0, "\(data)")
    let sequences = "18,779 sequences of 128 tokens in 1 shard, 4.8 MB: data/text-train"
    #expect(data.standardOutput.contains("\(sequences)\n"), "\(data)")
    let tutorial = try Self.page("docs/tutorials/your-own-text.md")
    #expect(tutorial.contains("\n\(sequences)\n"))
    try await expect(Self.text, ranks: 2, in: folder)
    try await expectAnswers(of: tutorial, in: folder)
  }

  /// Asks the run in `folder` what the page asks, and compares the answers with those that it quotes.
  private func expectAnswers(of page: String, in folder: TemporaryFolder) async throws {
    let evaluation = try await command("evaluate", "--run-dir", "run", in: folder.path)
    let result = try #require(
      evaluation.standardOutput.firstMatch(of: /(?m)^loss .* in (?=[\d.]+ s$)/))
    #expect(page.contains("\n\(result.0)"), "\(evaluation)")
    let quoted = try #require(
      page.firstMatch(of: /(?s)\$ gmlp-train predict (.*?\.')\n(?! )(.*?\n)```/), "no predictions")
    let sentences = quoted.1.matches(of: /'([^']+)'/).map { String($0.1) }
    #expect(sentences.count == 5)
    let predicted = try await MPIRun(
      executable: "gmlp-train",
      arguments: ["predict", "--run-dir", "run", "--top", "3"] + sentences,
      ranks: nil, directory: folder.path)
    #expect(predicted.standardOutput == quoted.2, "\(predicted)")
  }

  /// The file that `GMLP_TRAIN_NOVELS` names, with `novels93.index.tsv` beside it.
  private static let novelsFile = ProcessInfo.processInfo.environment["GMLP_TRAIN_NOVELS"]

  @Test(
    "The novels and the training set of them have the digests that docs/results/text.md quotes",
    .enabled(
      if: novelsFile != nil,
      "needs novels93.txt.xz with its index beside it: GMLP_TRAIN_NOVELS names the file"))
  func novelsSet() async throws {
    let folder = try TemporaryFolder()
    let file = try #require(Self.novelsFile)
    let sum = try await MPIRun(executable: "/usr/bin/sha256sum", arguments: [file], ranks: nil)
    #expect(sum.standardOutput.hasPrefix(Self.novels.file), "\(sum)")
    let index = URL(filePath: file).deletingLastPathComponent()
      .appending(path: "novels93.index.tsv")
    let set = try await MPIRun(
      executable: "gmlp-train",
      arguments: [
        "prepare", "text", "--input", file, "--index", index.path, "--holdout", "30",
        "--sequence-length", "128", "--vocabulary-size", "8192", "--output", "set",
      ], ranks: nil, directory: folder.path)
    #expect(set.exitCode == 0, "\(set)")
    #expect(set.standardOutput.contains("\ndataset sha256 \(Self.novels.set)"), "\(set)")
  }

  /// Trains in a folder, with the paths of the configuration from there.
  private func expect(_ quoted: Run, ranks: Int?, in folder: TemporaryFolder) async throws {
    let name = "configs/\(quoted.configuration).toml"
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/configs", withIntermediateDirectories: false)
    try folder.write(try Self.page(name), to: name)
    let run = try await MPIRun(
      executable: "gmlp-train", arguments: ["--config", name, "--run-dir", "run"], ranks: ranks,
      directory: folder.path, deadlineSeconds: 6_000)
    #expect(run.exitCode == 0, "\(run)")
    #expect(run.standardOutput.contains(", portable products, "), "\(run)")
    #expect(run.weights == "weights sha256 \(quoted.digest)", "\(run)")
    if let line = quoted.line { #expect(run.standardOutput.contains("\(line)\n"), "\(run)") }
  }
}
