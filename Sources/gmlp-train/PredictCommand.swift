import ArgumentParser
import Checkpoints
import Configuration
import Datasets
import Files
import Foundation
import Inspection
import Model
import Platform
import Train

/// `gmlp-train predict`: the classes of images and texts, the answers to questions, or the hidden pieces of text.
struct PredictCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Classify images and texts, answer questions, or fill in hidden text.",
    discussion: """
      gmlp-train predict --run-dir runs/digits seven.png
      gmlp-train predict --run-dir runs/pets --top 3 photos/ more.tar
      gmlp-train predict --top 3 --json t10k-images-idx3-ubyte.gz
      gmlp-train predict --run-dir runs/mlm-small 'The [MASK] opened the door.'
      gmlp-train predict --run-dir runs/sst2 'A fine film.' reviews.tsv
      gmlp-train predict --run-dir runs/squad --question 'Who?' 'Ada wrote it.'
      producer | gmlp-train predict --run-dir runs/mnli --json | consumer

      Images: inputs are pictures (JPEG, PNG or WebP), or folders and tar archives of them. set.tar/test \
      names a folder inside an archive. Files in a training format also work: IDX or binary CIFAR (plain \
      or gzipped), or shards (one shard, or their folder).

      Pictures of any size are resized and cropped as in evaluation. Images in the other formats must \
      have the size that the model was trained with. Pixels are normalised as in training. Class names \
      are those of the training data; if it has none, give a file with one name per line.

      A masked language model fills each [MASK] with one piece of its vocabulary. The vocabulary is read \
      from the folder of the training shards.

      Texts with classes, and questions: an input is a text, a JSON object, or a file of them. A dash, or \
      no input, means standard input. Plain text is one input per line. JSON objects have the keys text \
      and text_pair, premise and hypothesis, sentence, or others of GLUE; or question and context; and \
      optionally id. The columns of .tsv and .csv files have the same names. A JSON file of SQuAD works \
      too. Long contexts are read in windows, as by prepare spans. --json prints a JSON object for each \
      input, as soon as it is known.

      An input that cannot be used is reported, and the others are predicted. With several inputs \
      the exit code is then 65.
      """)

  @OptionGroup var options: WeightsOptions

  @Option(
    help: """
      How many classes, pieces or answers to show, the most probable first. (default: 5 pieces; all with \
      --json for texts; else 1)
      """)
  var top: Int?

  @Option(
    help: ArgumentHelp("Names of the classes, one per line.", valueName: "file"),
    completion: .file())
  var classNames: String?

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "Also write the classes of images to this file: .csv, or .jsonl with one JSON object per line.",
      valueName: "file"),
    completion: .file(extensions: PredictionTable.suffixes))
  var outputFile: String?

  @Option(
    help: ArgumentHelp("The vocabulary of a text model.", valueName: "file"),
    completion: .file())
  var vocabulary: String?

  @OptionGroup var texts: TextInputOptions

  @Option(help: "Threads that predict. (default: one per processor)")
  var threads: Int?

  @Flag(help: "Print JSON on standard output: one object, or one per input for texts.")
  var json = false

  @Argument(
    help: "Files of images; texts, JSON objects, or files of them; sentences with [MASK].",
    completion: .file())
  var inputs: [String] = []

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top \(top): must be at least 1") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads \(threads): must be at least 1 and at most 1024")
    }
    if let outputFile, !PredictionTable.suffixes.contains(EvaluationTables.suffix(of: outputFile)) {
      throw ValidationError("--output \(outputFile): end the name in .csv or .jsonl")
    }
  }

  func run() throws {
    SingleProcess.run {
      let output = Output(json: json)
      let trained = try TrainedModel(
        options.origin(), averaged: options.ema, assignments: options.assignments(),
        warning: StandardError.write)
      trained.kernelWarnings.forEach(StandardError.write)
      let model = trained.configuration.model.output
      try requireOptions(for: model)
      switch model {
      case .imageClass: try predictImages(trained, output)
      case .hiddenTokens: try fillText(trained, output)
      case .textClass: try classifyTexts(trained, output)
      case .span: try answerQuestions(trained, output)
      }
    }
  }

  /// Throws if an option was given that this kind of model does not take, or no input to one that needs some.
  private func requireOptions(for model: ModelOutput) throws(CommandError) {
    let names = classNames == nil ? [] : ["--class-names"]
    let pieces = vocabulary == nil ? [] : ["--vocabulary"]
    let file = outputFile == nil ? [] : ["--output"]
    let (kind, wrong): (String, [String]) =
      switch model {
      case .imageClass: ("images", pieces + texts.givenForClasses + texts.givenForAnswers)
      case .hiddenTokens: ("hidden text", names + texts.givenForClasses + texts.givenForAnswers)
      case .textClass: ("classes of texts", file + texts.givenForAnswers)
      case .span: ("answers", file + names + texts.givenForClasses)
      }
    if let option = wrong.first {
      throw CommandError("\(option): does not go with a model of \(kind)", exitCode: .usage)
    }
    if inputs.isEmpty && [.imageClass, .hiddenTokens].contains(model) {
      let wanted = model == .imageClass ? "files of images" : "sentences with \(TextPredictor.mask)"
      throw CommandError("inputs are missing: give \(wanted)", exitCode: .usage)
    }
  }

  private func classifyTexts(_ trained: TrainedModel, _ output: Output) throws {
    let predictor = try TextClassPredictor(
      trained, names: names(for: trained), vocabulary: vocabulary, threads: threads)
    output.say(trained.introduction)
    let table = ClassTable(predictor.names, classes: trained.configuration.model.numClasses)
    let predictions = TextPredictions(
      predictor, texts.textFields, companion: texts.second, top: top, output, text: table.line)
    try predictions.answer(inputs)
  }

  private func answerQuestions(_ trained: TrainedModel, _ output: Output) throws {
    let predictor = try SpanPredictor(
      trained, texts.spanSettings, vocabulary: vocabulary, threads: threads)
    output.say(trained.introduction)
    let predictions = TextPredictions(
      predictor, .questions, companion: texts.question, top: top, output
    ) { $0.text(top: top ?? 1) }
    try predictions.answer(inputs)
  }

  private func predictImages(_ trained: TrainedModel, _ output: Output) throws {
    let table = try PredictionTable(outputFile)
    let predictor = try Predictor(trained, names: names(for: trained), threads: threads)
    output.say(trained.introduction)
    var predictions = ImagePredictions(trained, predictor, top: top ?? 1, table, output)
    try predictions.predict(inputs)
  }

  private func fillText(_ trained: TrainedModel, _ output: Output) throws {
    if outputFile != nil {
      throw CommandError(
        "--output: does not go with a model of text; --json prints the pieces", exitCode: .usage)
    }
    let predictor = try TextPredictor(trained, vocabulary: vocabulary, threads: threads)
    output.say(trained.introduction)
    var object = PredictionObject()
    var failed = FailedInputs(of: inputs.count)
    for input in inputs {
      try failed.attempt(input) {
        let text = try predictor.fill(input, top: top ?? 5)
        if json { try object.add([text]) } else { try output.line(text.description) }
      }
    }
    if json { try object.end(trained, failed) }
    try failed.finish()
  }

  private func names(for trained: TrainedModel) throws(CommandError) -> [String]? {
    if let classNames {
      return try ClassNames.read(classNames, count: trained.configuration.model.numClasses)
    }
    return trained.knownClassNames
  }
}

extension FilledText {
  fileprivate var description: String {
    let lines = masks.map { candidates in
      "  "
        + candidates.map { "\($0.piece) \(Numbers.percent($0.probability))" }
        .joined(separator: ", ")
    }
    return ([filled] + lines).joined(separator: "\n")
  }
}
