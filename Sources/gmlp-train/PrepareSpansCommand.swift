import ArgumentParser
import Datasets
import Files
import Inspection
import Train

/// `gmlp-train prepare spans`: questions on paragraphs as windows in our own shards.
struct PrepareSpansCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spans",
    abstract: "Pack questions on paragraphs (SQuAD) into shards for fine-tuning.",
    usage: """
      gmlp-train prepare spans --train <files> ... --output <folder>
        [<options>]
      """,
    discussion: """
      gmlp-train prepare spans --train train-v1.1.json --dev dev-v1.1.json \\
          --weights runs/mlm --output data/squad

      The files are JSON in the format of SQuAD v1.1 or v2.0, plain, gzip or xz. Every answer must \
      be in its paragraph at the position that the file gives.

      A window is [CLS] question [SEP] part of the paragraph [SEP], then padding. Windows begin \
      --window-step tokens apart until one reaches the end. That is the doc_stride of BERT's run_squad; \
      the doc_stride of Hugging Face's run_qa is the overlap of two windows.

      A window that contains the whole answer is labelled with its first and last token, any other with \
      [CLS]. If there are several answers, training uses the first and scoring all. Each answer is rebuilt \
      from its tokens: the share of answers whose text changes is printed, with the first of them.

      --holdout keeps all questions on a paragraph together, and always takes the same paragraphs.
      """)

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Files to learn from.", valueName: "files"), completion: .file())
  var train: [String]

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp("Files to evaluate on.", valueName: "files"), completion: .file())
  var dev: [String] = []

  @Option(help: "Tokens per sequence, including [CLS] and [SEP].")
  var sequenceLength = 384

  @Option(
    help: """
      Tokens from the beginning of one window to the beginning of the next (not their overlap).
      """)
  var windowStep = 128

  @Option(help: "Cut questions to this many tokens.")
  var questionLength = 64

  @OptionGroup var options: LabelledTextOptions

  func validate() throws {
    if train.isEmpty { throw ValidationError("--train is missing: name files with questions") }
    if windowStep < 1 { throw ValidationError("--window-step \(windowStep): must be at least 1") }
    if questionLength < 1 {
      throw ValidationError("--question-length \(questionLength): must be at least 1")
    }
    let least = questionLength.addingReportingOverflow(SpanPreparation.ownTokens)
    guard !least.overflow, least.partialValue <= sequenceLength,
      sequenceLength <= TextPreparation.longestSequence
    else {
      throw ValidationError(
        "--sequence-length \(sequenceLength): must be at least --question-length + "
          + "\(SpanPreparation.ownTokens), and at most \(TextPreparation.longestSequence)")
    }
  }

  func run() throws {
    SingleProcess.run {
      let output = Output(json: options.json)
      var preparation = SpanPreparation(training: train, vocabulary: try options.vocabularyPath())
      preparation.development = dev
      preparation.holdout = options.holdout.map(Holdout.init(share:))
      preparation.sequenceLength = sequenceLength
      preparation.windowStep = windowStep
      preparation.questionTokens = questionLength
      preparation.maximumShardBytes = options.shardMb * 1_000_000
      var progress: ProgressLine?
      let sets = try PreparedSpans(
        preparation, in: options.output, replacing: options.force,
        stage: { stage in
          switch stage {
          case .unlocked(let folder, let reason):
            StandardError.write(unlockedText(folder: folder, reason: reason))
          case .checking: output.say("reading and checking all questions")
          case .tokenising(let questions):
            progress = ProgressLine(total: questions, unit: " questions", output)
          }
        }, progress: { progress?.show($0) })
      progress?.end()
      for set in sets.sets where set.undecodableShare > 0.01 {
        StandardError.write(
          "\(set.written.path): \(Numbers.percent(set.undecodableShare)) of the answers change when rebuilt from tokens, "
            + "which costs exact matches; is it the right vocabulary?")
      }
      try output.give(sets, sets.text)
    }
  }
}

extension PreparedSpans {
  fileprivate var text: String {
    (sets.map { $0.text(windowStep) } + ["vocabulary sha256 \(vocabularySha256)"])
      .joined(separator: "\n")
  }
}

extension PreparedSpans.Set {
  fileprivate func text(_ step: Int) -> String {
    let unknownShare = Double(unknownTokens) / Double(max(tokens, 1))
    let examples = undecodableExamples.map { "\n    \(printable($0))" }.joined()
    return """
      \(written.text("window"))
        questions: \(Numbers.grouped(questions)) on \(Numbers.counted(paragraphs, "paragraph")), \
      \(Numbers.grouped(impossible)) without an answer, \(Numbers.grouped(cutQuestions)) cut
        windows: one every \(step) tokens; \(Numbers.grouped(windowsWithAnswer)) have the whole answer; \
      \(Numbers.counted(split, "question has", "questions have")) it in none
        tokens of question and paragraph: \(lengths.text); \(Numbers.percent(unknownShare)) unknown
        tokens of questions: \(questionLengths.text)
        tokens of answers: \(answerLengths.text)
        answers whose text changes when rebuilt from tokens: \(Numbers.grouped(undecodable)), \
      \(Numbers.percent(undecodableShare))\(examples)
        dataset sha256 \(written.datasetSha256)
      """
  }
}
