import ArgumentParser
import Datasets
import Files
import Foundation
import Inspection
import Train

/// `gmlp-train prepare text`: text as packed sequences of tokens in our own shards.
struct PrepareTextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "text",
    abstract: "Tokenise text and pack it into shards of sequences of one length.",
    discussion: """
      gmlp-train prepare text --input books/ --vocabulary-size 32000 --output train
      gmlp-train prepare text --input a.txt.xz --vocabulary vocab.txt --output train

      The text is UTF-8: plain, gzip or xz. Give a vocabulary as a SentencePiece model or a BERT \
      vocab.txt (cased if any piece has a capital letter). Without one, a SentencePiece unigram model \
      is learned from the text, with capitals and the tokens [PAD], [UNK], [CLS], [SEP] and [MASK]. \
      The vocabulary is saved next to the shards.

      A sequence is [CLS], tokens of text, [SEP]. Where a document ends inside a sequence, a \
      [SEP] separates it from the next. The last sequence of the set is padded with [PAD].

      To hold out every tenth document for validation, make two sets with one vocabulary:

          gmlp-train prepare text --input books/ --holdout 10 --output train \\
              --vocabulary-size 32000
          gmlp-train prepare text --input books/ --holdout 10 --output test \\
              --split test --vocabulary train/vocabulary.model

      Memory does not grow with the text. If it is killed, the same command resumes after the last \
      full shard and produces the same files.
      """)

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Files of text, in order, or folders of .txt, .txt.gz and .txt.xz files.",
      valueName: "files"),
    completion: .file())
  var input: [String]

  @Option(
    help: ArgumentHelp("The folder to make, for this set only.", valueName: "folder"),
    completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp("A SentencePiece model or a BERT vocab.txt.", valueName: "file"),
    completion: .file())
  var vocabulary: String?

  @Option(help: "Learn a SentencePiece model of this many pieces from the text.")
  var vocabularySize: Int?

  @Option(help: "Learn it from at most this many megabytes; larger texts are sampled by line.")
  var vocabularySampleMb = 100

  @Option(help: "Tokens per sequence, including [CLS] and [SEP].")
  var sequenceLength = 512

  @Option(help: "What a document is: a file, or text between blank lines.")
  var documents = DocumentBorders.files

  @Option(
    help: ArgumentHelp(
      "Tab-separated table of the documents in the single input file: byte offset, byte length, name.",
      valueName: "file"),
    completion: .file())
  var index: String?

  @Option(help: "Hold out every N-th document for the test set.")
  var holdout: Int?

  @Option(help: "train: all documents but those held out; test: those held out.")
  var split = DatasetSplit.train

  @Option(help: "Maximum size of a shard, in megabytes.")
  var shardMb = 64

  @Flag(help: "Replace a set in the folder, finished or begun with other options.")
  var force = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    if input.isEmpty { throw ValidationError("--input is missing: name files of text") }
    try requireOneVocabulary()
    try require("--vocabulary-size", vocabularySize, in: 16...1 << 20)
    try require("--vocabulary-sample-mb", vocabularySampleMb, in: 1...1 << 20)
    try require("--sequence-length", sequenceLength, in: 3...TextPreparation.longestSequence)
    try require("--holdout", holdout, in: 2...Int.max)
    try require("--shard-mb", shardMb, in: 1...1 << 20)
    if split == .test && holdout == nil {
      throw ValidationError("--split test: needs --holdout, which says what is held out")
    }
    if index != nil && (input.count != 1 || documents != .files) {
      throw ValidationError("--index needs exactly one file in --input, and no --documents")
    }
  }

  private func requireOneVocabulary() throws {
    switch (vocabulary, vocabularySize) {
    case (nil, nil):
      throw ValidationError("--vocabulary or --vocabulary-size is missing: give one of them")
    case (.some, .some):
      throw ValidationError("--vocabulary and --vocabulary-size: give only one of them")
    case (nil, .some) where split == .test:
      throw ValidationError("--split test: takes the --vocabulary of the training set")
    default: break
    }
  }

  private func require(_ option: String, _ value: Int?, in range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    let most = range.upperBound == .max ? "" : " and at most \(range.upperBound)"
    throw ValidationError("\(option) \(value): must be at least \(range.lowerBound)\(most)")
  }

  func run() throws {
    SingleProcess.run {
      let output = Output(json: json)
      let corpus = TextCorpus(
        files: try TextCorpus.files(in: input, leavingOut: StandardError.write),
        documents: try index.map { path in try .index(DocumentIndex(contentsOf: path)) }
          ?? documents.value,
        holdout: holdout, split: split)
      let preparation = TextPreparation(
        corpus: corpus,
        vocabulary: vocabularySize.map {
          .learned(pieces: $0, sampleBytes: vocabularySampleMb * 1_000_000)
        } ?? .file(vocabulary ?? ""),
        sequenceLength: sequenceLength, maximumShardBytes: shardMb * 1_000_000)
      if let line = try corpus.emptyFiles() { StandardError.write(line) }
      let bytes = try corpus.fileBytes().reduce(0, +)
      func line() -> ProgressLine { ProgressLine(total: bytes, unit: " bytes", output) }
      var progress = line()
      let set = try PreparedText(
        preparation, in: self.output, replacing: force,
        stage: { stage in
          if case .unlocked = stage { return StandardError.write(stage.text) }
          progress.show(bytes)
          output.say(stage.text)
          progress = line()
        }, progress: { progress.show($0) })
      progress.show(bytes)
      try output.give(set, set.text)
    }
  }
}

extension PrepareTextCommand {
  /// What separates documents, as the command line says it.
  enum DocumentBorders: String, ExpressibleByArgument, CaseIterable {
    case files
    case blankLines = "blank-lines"

    var value: TextCorpus.Documents {
      switch self {
      case .files: .files
      case .blankLines: .blankLines
      }
    }
  }
}

/// What people hear of a preparation that nothing keeps a second one out of.
func unlockedText(folder: String, reason: String) -> String {
  "\(folder): this file system has no locks (\(reason)): start no second preparation of the same "
    + "--output, or choose one on another file system"
}

extension TextPreparation.Stage {
  fileprivate var text: String {
    switch self {
    case .unlocked(let folder, let reason):
      unlockedText(folder: folder, reason: reason)
    case .learning: "learning a vocabulary"
    case .tokenising(let vocabulary, let pieces, let shards):
      "tokenising: \(printable(vocabulary)), \(Numbers.grouped(pieces)) pieces"
        + (shards > 0 ? "; resuming after shard \(shards - 1)" : "")
    }
  }
}

extension PreparedText {
  fileprivate var text: String {
    """
    \(Numbers.counted(sequences, "sequence")) of \(sequenceLength) tokens in \(shards.count) \
    \(shards.count == 1 ? "shard" : "shards"), \(Numbers.megabytes(bytes)): \(printable(path))
    \(Numbers.grouped(tokens)) tokens of \(Numbers.grouped(documents)) \
    \(documents == 1 ? "document" : "documents"), \(Numbers.percent(unknownShare)) unknown
    vocabulary sha256 \(vocabularySha256)
    dataset sha256 \(datasetSha256)
    """
  }
}
