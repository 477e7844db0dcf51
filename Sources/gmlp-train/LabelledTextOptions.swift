import ArgumentParser
import Datasets
import Files
import Inspection

/// The options that all preparations of labelled text have.
struct LabelledTextOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder to make; each set gets a folder in it: train, holdout, dev.",
      valueName: "folder"),
    completion: .directory)
  var output: String

  @Option(
    help: ArgumentHelp(
      "Use the vocabulary of this run, whose model is to be fine-tuned.", valueName: "run"),
    completion: .directory)
  var weights: String?

  @Option(
    help: ArgumentHelp("A SentencePiece model or a BERT vocab.txt.", valueName: "file"),
    completion: .file())
  var vocabulary: String?

  @Option(
    help: ArgumentHelp(
      "Hold out about this share of the training files as the set holdout, always the same part.",
      valueName: "share"))
  var holdout: Double?

  @Option(help: "Maximum size of a shard, in megabytes.")
  var shardMb = 64

  @Flag(help: "Replace sets in the folder.")
  var force = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    switch (vocabulary, weights) {
    case (nil, nil):
      throw ValidationError("--vocabulary or --weights is missing: give one of them")
    case (.some, .some):
      throw ValidationError("--vocabulary and --weights: give only one of them")
    default: break
    }
    if let holdout, !(holdout > 0 && holdout < 1) {
      throw ValidationError("--holdout \(holdout): must be between 0 and 1, as in 0.1")
    }
    if !(1...1 << 20).contains(shardMb) {
      throw ValidationError("--shard-mb \(shardMb): must be at least 1 and at most \(1 << 20)")
    }
  }

  /// The path of the vocabulary.
  func vocabularyPath() throws -> String {
    if let vocabulary { return vocabulary }
    return try RunVocabulary.find(weights ?? "", warning: StandardError.write).file
  }
}

/// The table of lengths of texts.
extension LengthSummary {
  var text: String {
    "mean \(Numbers.decimal(mean)), median \(median), 95 % \(p95), 99 % \(p99), longest \(longest)"
  }
}

extension WrittenSet {
  /// The set's name and size.
  func text(_ noun: String) -> String {
    "\(name): \(Numbers.counted(samples, noun)) in \(counted(shards.count, "shard")), "
      + "\(Numbers.megabytes(bytes)): \(printable(path))"
  }
}
