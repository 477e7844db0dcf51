import ArgumentParser
import Datasets
import Files
import Inspection
import Train

/// `gmlp-train prepare classification`: labelled texts, or pairs of texts, as sequences in our own shards.
struct PrepareClassificationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classification",
    abstract: "Pack labelled texts, or pairs of texts, into shards for fine-tuning.",
    usage: """
      gmlp-train prepare classification --train <files> ... --text <column>
        --output <folder> [<options>]
      """,
    discussion: """
      gmlp-train prepare classification --train train.tsv --dev dev.tsv \\
          --text sentence --label-names negative,positive \\
          --weights runs/mlm --output data/sst2
      gmlp-train prepare classification --train nli.tsv.gz \\
          --text premise --pair hypothesis --holdout 0.18 --group premise \\
          --vocabulary vocab.txt --output data/nli

      A table has one row per line: TSV, CSV (RFC 4180) or JSON lines, plain, gzip or xz. The extension \
      says which (.tsv, .csv, .jsonl), otherwise the first line does. In TSV a quote is text like any \
      other.

      One text becomes [CLS] A [SEP], a pair [CLS] A [SEP] B [SEP], then padding. While texts are too \
      long, the last token of the longer one is dropped, or of B if both are equally long.

      Classes have names, which are stored with the set. Without --labels they are the \
      labels of the training files, sorted. Development files may have no others.

      --holdout keeps rows of one --group together. Which groups it takes depends only on their content, \
      not on a seed, on other rows or on their order.

      Repeated rows, rows with a missing text and rows that --dev shares with --train are counted and \
      named. Rows without any text are left out.

      Files without labels, such as the test files of GLUE, need no preparation: predict reads them.
      """)

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Files to learn from.", valueName: "files"), completion: .file())
  var train: [String]

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Files to evaluate on.", valueName: "files"), completion: .file())
  var dev: [String] = []

  @Option(help: ArgumentHelp("The column with the class. (default: label)", valueName: "column"))
  var label: String?

  @Option(help: ArgumentHelp("The column with the text.", valueName: "column"))
  var text: String

  @Option(help: ArgumentHelp("The column with the second text of a pair.", valueName: "column"))
  var pair: String?

  @Flag(help: "The first line is data; columns are named by numbers from 1.")
  var noHeader = false

  @Option(
    help: ArgumentHelp(
      "The classes by name, in the order of their labels, as in negative,positive.",
      valueName: "names"))
  var labels: String?

  @Option(
    help: ArgumentHelp("Names for the labels 0, 1, … of the files.", valueName: "names"))
  var labelNames: String?

  @Option(
    help: ArgumentHelp(
      "Leave out rows with this label, as the - of SNLI. May be repeated.", valueName: "label"))
  var skipLabel: [String] = []

  @Option(
    help: ArgumentHelp(
      "Rows with equal text in this column are held out together. (default: the texts of the row)",
      valueName: "column"))
  var group: String?

  @Option(help: "Tokens per sequence, including [CLS] and [SEP].")
  var sequenceLength = 128

  @OptionGroup var options: LabelledTextOptions

  func validate() throws {
    if train.isEmpty { throw ValidationError("--train is missing: name files with labelled text") }
    let lengths = ClassificationPreparation.shortestSequence...TextPreparation.longestSequence
    if !lengths.contains(sequenceLength) {
      throw ValidationError(
        "--sequence-length \(sequenceLength): must be at least \(lengths.lowerBound) and at most "
          + "\(lengths.upperBound)")
    }
    if group != nil && options.holdout == nil {
      throw ValidationError("--group: goes with --holdout, which says how much is held out")
    }
    if labels != nil && labelNames != nil {
      throw ValidationError("--labels and --label-names: give only one of them")
    }
    if noHeader && label == nil {
      throw ValidationError("--no-header: needs the number of a column as --label")
    }
    for (option, list) in [("--labels", labels), ("--label-names", labelNames)] {
      guard let list else { continue }
      let names = Self.names(list)
      if names.count < 2 || names.contains("") || Set(names).count < names.count {
        throw ValidationError(
          "\(option) \(list): give at least two different names with commas between them")
      }
    }
  }

  private static func names(_ list: String) -> [String] {
    list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }

  func run() throws {
    SingleProcess.run {
      let output = Output(json: options.json)
      var preparation = ClassificationPreparation(
        training: train,
        columns: TableColumns(
          label: label ?? "label", text: text, pair: pair, group: group, hasHeader: !noHeader),
        vocabulary: try options.vocabularyPath())
      preparation.development = dev
      if let labels { preparation.labels = .listed(Self.names(labels)) }
      if let labelNames { preparation.labels = .numbered(Self.names(labelNames)) }
      preparation.skippedLabels = skipLabel
      preparation.holdout = options.holdout.map(Holdout.init(share:))
      preparation.sequenceLength = sequenceLength
      preparation.maximumShardBytes = options.shardMb * 1_000_000
      var progress: ProgressLine?
      let sets = try PreparedClassification(
        preparation, in: options.output, replacing: options.force,
        stage: { stage in
          switch stage {
          case .unlocked(let folder, let reason):
            StandardError.write(unlockedText(folder: folder, reason: reason))
          case .checking: output.say("reading and checking all rows")
          case .tokenising(let rows):
            progress = ProgressLine(total: rows, unit: " rows", output)
          }
        }, progress: { progress?.show($0) })
      progress?.end()
      sets.remarks.forEach(StandardError.write)
      try output.give(sets, sets.text)
    }
  }
}

extension PreparedClassification {
  fileprivate var text: String {
    let names = classNames.map { printable($0) }.joined(separator: ", ")
    return
      (["\(Numbers.counted(classNames.count, "class", "classes")): \(names)"]
      + sets.map { $0.text(classNames) } + ["vocabulary sha256 \(vocabularySha256)"])
      .joined(separator: "\n")
  }
}

extension PreparedClassification.Set {
  fileprivate func text(_ names: [String]) -> String {
    let counts = zip(names, classCounts).map { "\(printable($0)) \(Numbers.grouped($1))" }
    let truncatedShare = Double(truncated) / Double(max(written.samples, 1))
    let unknownShare = Double(unknownTokens) / Double(max(tokens, 1))
    return """
      \(written.text("sample"))
        classes: \(counts.joined(separator: ", ")); the largest is \(Numbers.percent(majorityShare))
        tokens: \(lengths.text); \(Numbers.percent(unknownShare)) unknown
        cut: \(Numbers.counted(truncated, "sample")), \(Numbers.percent(truncatedShare))
        dataset sha256 \(written.datasetSha256)
      """
  }
}
