import Foundation
import RunSupport
import TestSupport
import Testing

@Suite("The vocabulary of given weights", .timeLimit(.minutes(60)))
struct GivenVocabularyTests {
  private let runs: TextRuns
  private var folder: TemporaryFolder { runs.folder }
  private let advice = "make sure that it is classes/train/vocabulary.txt ("

  init() throws {
    runs = try TextRuns()
  }

  /// Trains a masked language model, called `mlm`.
  private func pretrain() async throws {
    try folder.write(BookText.lines(200), to: "text.txt")
    for set in ["train", "dev"] {
      try await runs.succeed(
        "prepare", "text", "--input", "text.txt", "--vocabulary", "vocab.txt", "--output",
        "text/\(set)", "--sequence-length", "32")
    }
    try await runs.train("kind = \"auto\"", data: "text", to: "mlm", steps: 2)
  }

  /// Starts a run that classifies texts with the given weights.
  private func start(
    _ weights: String, _ name: String, ranks: Int? = nil, _ more: [String] = []
  ) async throws -> MPIRun {
    try await runs.program(
      ["--config", "plain.toml", "--run-dir", name, "--quiet", "--weights", weights] + more,
      ranks: ranks)
  }

  @Test("A vocabulary that differs from the data's is refused, with both files and digests")
  func compared() async throws {
    try await pretrain()
    // The same pieces with other numbers.
    let pieces = BookText.vocabulary.split(separator: "\n").map(String.init)
    let others = Array(pieces[..<6]) + pieces[6...].reversed()
    try folder.write(others.map { $0 + "\n" }.joined(), to: "other.txt")
    try await runs.prepareClasses()
    try await runs.prepareClasses(output: "other", vocabulary: "other.txt")
    try await runs.train("kind = \"classification\"", data: "classes", to: "plain", steps: 1)
    for weights in ["mlm", "mlm/checkpoints/best", "mlm/checkpoints/best/model.safetensors"] {
      let taken = try await start(weights, "taken", ["--resume", "never"])
      #expect(taken.exitCode == 0 && !taken.standardError.contains("vocabulary"), "\(taken)")
      for ranks in [nil, 2] {
        let refused = try await start(
          weights, "refused", ranks: ranks,
          ["--set", "data.train=[\"other/train\"]", "--set", "data.test=[\"other/dev\"]"])
        #expect(
          refused.failed(
            65, "other/train/vocabulary.txt: the vocabulary (",
            "is not that of \(weights), which is ", "text/train/vocabulary.txt (", "--vocabulary"),
          "\(refused)")
      }
    }
    #expect(try !folder.names(in: folder.path).contains("refused"))
    for ranks in [nil, 2] {
      let evaluated = try await runs.program(
        ["evaluate", "--run-dir", "plain", "--set", "data.test=[\"other/dev\"]"], ranks: ranks)
      #expect(
        evaluated.failed(
          65, "other/dev/vocabulary.txt: the vocabulary (", "is not that of plain/",
          "/classes/train/vocabulary.txt ("), "\(evaluated)")
    }
  }

  @Test("If it is unknown, a line names the one of the data")
  func unknown() async throws {
    try await pretrain()
    try await runs.prepareClasses()
    try await runs.train("kind = \"classification\"", data: "classes", to: "plain", steps: 1)
    try FileManager.default.copyItem(
      atPath: "\(folder.path)/plain/checkpoints/best/model.safetensors",
      toPath: "\(folder.path)/alone.safetensors")
    try folder.remove("\(folder.path)/text/train")
    for (weights, words) in [
      ("alone.safetensors", "the vocabulary it was trained with is unknown; "),
      ("mlm", "its vocabulary cannot be found ("),
    ] {
      let run = try await start(weights, "run", ranks: 2, ["--resume", "never"])
      #expect(run.exitCode == 0, "\(run)")
      let lines = run.standardError.split(separator: "\n").filter { $0.contains("vocabulary") }
      #expect(lines.count == 1, "\(run)")
      #expect(lines.first?.contains("gmlp-train: \(weights): \(words)") == true, "\(run)")
      #expect(lines.first?.contains(advice) == true, "\(run)")
    }
  }
}
