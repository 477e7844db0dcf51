import RunSupport
import TestSupport
import Testing

/// A file in which one input cannot be used: a row of `docs/operations/errors.md`.
struct BadText: Sendable {
  /// What is wrong.
  let name: String
  /// What the file is called.
  let file: String
  /// What is in it; nil: there is none.
  let bytes: [UInt8]?

  init(_ name: String, _ file: String, _ bytes: [UInt8]?) {
    (self.name, self.file, self.bytes) = (name, file, bytes)
  }

  init(_ name: String, _ file: String, _ text: String) {
    self.init(name, file, Array(text.utf8))
  }

  static let all = [
    BadText(
      "a line that is not UTF-8", "latin.txt",
      Array("tane.\ncaf".utf8) + [0xe9, 0x0a] + Array("lu.\n".utf8)),
    BadText("an empty line", "blank.txt", "tane.\n\nlu.\n"),
    BadText(
      "text in UTF-16 without a mark", "wide.txt", Array("tane.\n".utf8).flatMap { [$0, 0] }),
    BadText("an empty file", "empty.tsv", ""),
    BadText("a file that is not there", "gone.tsv", nil),
    BadText(
      "a picture", "film.txt", [0x89] + Array("PNG\r\n".utf8) + [0x1a, 0x0a, 0, 0, 0, 0x0d]),
    BadText("JSON that is cut off", "cut.jsonl", "{\"text\": \"tane.\n"),
    BadText("JSON without a text", "none.jsonl", "{\"body\": \"tane.\"}\n"),
    BadText("a list of JSON objects", "list.jsonl", "[{\"text\": \"tane.\"}]\n"),
    BadText("a table without a text", "none.tsv", "body\tlabel\ntane.\t1\n"),
    BadText("a table without rows", "rows.tsv", "sentence\tlabel\n"),
    BadText("a row with too few fields", "short.tsv", "sentence\tlabel\ntane.\n"),
    BadText("a quote that is never closed", "quote.csv", "sentence\n\"tane.\n"),
  ]
}

/// The part of `docs/operations/errors.md` on texts.
enum BadTextTable {
  /// A configuration that learns two classes of texts in a moment.
  static let configuration = """
    [model]
    input = "text"
    vocabulary_size = 58
    sequence_length = 16
    d_model = 16
    d_ffn = 32
    num_layers = 1
    num_classes = 2
    [task]
    kind = "classification"
    [data]
    format = "text"
    train = ["classes/train"]
    test = ["classes/train"]
    [train]
    steps = 1
    global_batch_size = 4
    micro_batch_size = 4
    [schedule]
    warmup_steps = 0
    """

  /// Trains a classifier of texts into `run` of `folder`.
  static func train(in folder: TemporaryFolder) async throws {
    try folder.write(BookText.vocabulary, to: "vocab.txt")
    let rows = BookText.lines(20).split(separator: "\n").enumerated().map { "\($1)\t\($0 % 2)\n" }
    try folder.write("sentence\tlabel\n" + rows.joined(), to: "rows.tsv")
    try folder.write(configuration, to: "classes.toml")
    let prepared = try await command(
      "prepare", "classification", "--train", "rows.tsv", "--text", "sentence", "--label-names",
      "bad,good", "--vocabulary", "vocab.txt", "--output", "classes", "--sequence-length", "16",
      in: folder.path)
    try #require(prepared.exitCode == 0, "\(prepared)")
    let trained = try await command(
      "--config", "classes.toml", "--run-dir", "run", in: folder.path)
    try #require(trained.exitCode == 0, "\(trained)")
  }

  /// What `predict` says of each bad input, without the name of the program.
  static func lines() async throws -> [String] {
    let folder = try TemporaryFolder()
    try await train(in: folder)
    for bad in BadText.all {
      if let bytes = bad.bytes { try folder.write(bytes, to: "bad/\(bad.file)") }
    }
    let run = try await MPIRun(
      executable: "gmlp-train",
      arguments: ["predict", "--run-dir", "run"] + BadText.all.map { "bad/\($0.file)" } + ["lu."],
      ranks: nil, directory: folder.path)
    #expect(run.exitCode == 65 && run.standardOutput.hasSuffix("lu.\n"), "\(run)")
    let start = "gmlp-train: "
    return run.standardError.split(separator: "\n").filter { $0.hasPrefix("\(start)bad/") }
      .map { String($0.dropFirst(start.count)) }
  }

  /// The section of the page.
  static func text() async throws -> String {
    let lines = try await lines()
    #expect(lines.count == BadText.all.count, "\(lines)")
    let rows = zip(BadText.all, lines).map { "| \($0.name) | 65 | `\($1)` |" }
    return """

      ## Bad texts

      `predict` of texts and of questions reports what is wrong with an input and continues. Its messages are:

      | what is wrong | code | the message |
      |---|---|---|
      \(rows.joined(separator: "\n"))

      """
  }
}
