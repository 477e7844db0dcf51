import RunSupport
import TestSupport
import Testing

/// A folder with a vocabulary, in which small models of text are prepared for and trained.
struct TextRuns {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try folder.write(BookText.vocabulary, to: "vocab.txt")
  }

  /// Runs the program, with or without ranks.
  func program(_ arguments: [String], ranks: Int? = nil) async throws -> MPIRun {
    try await MPIRun(
      executable: "gmlp-train", arguments: arguments, ranks: ranks,
      environment: ["OMPI_MCA_orte_execute_quiet": "1"], directory: folder.path)
  }

  /// Runs the program, which must not fail.
  func succeed(_ arguments: String...) async throws {
    let run = try await program(arguments)
    try #require(run.exitCode == 0, "\(run)")
  }

  /// Trains a small model on the sets `train` and `dev` of the folder `data`; the configuration is called like the run.
  ///
  /// The table `[task]` has the lines `task`.
  func train(_ task: String, data: String, to run: String, steps: Int) async throws {
    try folder.write(
      """
      [model]
      input = "text"
      vocabulary_size = 58
      sequence_length = 32
      d_model = 32
      d_ffn = 64
      num_layers = 1
      \(task.contains("classification") ? "num_classes = 2" : "")
      toeplitz = true
      padding_token = 0
      mask_padding = true
      [task]
      \(task)
      [data]
      format = "text"
      train = ["\(data)/train"]
      test = ["\(data)/dev"]
      [train]
      steps = \(steps)
      global_batch_size = 32
      micro_batch_size = 4
      [optimizer]
      learning_rate = 1e-2
      [schedule]
      warmup_steps = 10
      """, to: "\(run).toml")
    try await succeed("--config", "\(run).toml", "--run-dir", run, "--threads", "2", "--quiet")
  }

  /// Prepares texts of two classes in the folder `output`: every third has the word "qa".
  ///
  /// - Returns: the classes of the set `dev`.
  @discardableResult
  func prepareClasses(
    output: String = "classes", vocabulary: String = "vocab.txt"
  ) async throws -> [Int] {
    var labels: [Int] = []
    for (name, count, seed) in [("train", 240, 1), ("dev", 90, 2)] as [(String, Int, UInt64)] {
      let lines = BookText.lines(count, seed: seed).split(separator: "\n")
      labels = lines.indices.map { $0 % 3 == 0 ? 1 : 0 }
      let rows = zip(lines, labels).map { "\($1 == 1 ? "qa " : "")\($0)\t\($1)\n" }
      try folder.write("sentence\tlabel\n" + rows.joined(), to: "\(name).tsv")
    }
    try await succeed(
      "prepare", "classification", "--train", "train.tsv", "--dev", "dev.tsv", "--text", "sentence",
      "--label-names", "bad,good", "--vocabulary", vocabulary, "--output", output,
      "--sequence-length", "32")
    return labels
  }
}
