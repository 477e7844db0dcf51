public import ArgumentParser
import Checkpoints
import Comm
import Configuration
public import Datasets
import Files
import Foundation
import Inspection
import Platform
import Train

/// `gmlp-train evaluate`: how good trained weights are, and at which classes.
struct EvaluateCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure loss, accuracy and errors by class of trained weights.",
    discussion: """
      gmlp-train evaluate                         the best of runs/fashion-mnist
      gmlp-train evaluate --run-dir runs/digits   the best of another run
      gmlp-train evaluate --config c.toml --weights w.safetensors
      gmlp-train evaluate --confusion c.csv --confusion c.png --per-class classes.csv
      gmlp-train evaluate --run-dir runs/squad --predictions predictions.json
      mpirun -n 8 gmlp-train evaluate             the same numbers, faster

      Every sample counts once, on any number of ranks and threads. The loss is the plain mean \
      cross-entropy in nats, which is the negative log-likelihood. Data and batch sizes are those of \
      the checkpoint; --set changes them.

      For images it also shows the mean accuracy of the classes, the expected calibration error in 15 \
      bins, and the ten worst classes with what they are most often taken for. For classes of texts there \
      are also F1, Matthews's correlation and the share of the most frequent class.

      For answers to questions it shows exact match and F1 by the rules of SQuAD. --predictions writes \
      them, with nbest_predictions.json and, if some questions have no answer, null_odds.json next to \
      them. Classes of texts are written as a table (TSV) for GLUE. Official scripts give the same scores.
      """)

  @OptionGroup var options: WeightsOptions

  @Option(help: "The data to evaluate on.")
  var split = DatasetSplit.test

  @Option(
    help: ArgumentHelp(
      "Write the confusion matrix to this file, .csv or .png. May be repeated.", valueName: "file"),
    completion: .file(extensions: ["csv", "png"]))
  var confusion: [String] = []

  @Option(
    help: ArgumentHelp("Write one line for each class to this .csv file.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var perClass: String?

  @Option(
    help: ArgumentHelp(
      "Write the class of each text, or the answer to each question, to this file.",
      valueName: "file"), completion: .file())
  var predictions: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Give no answer if the null odds exceed this. (default: 0)", valueName: "number"))
  var noAnswerThreshold: Double?

  @Option(help: "Worker threads per rank.")
  var threads: Int?

  @Flag(help: "Show only the result, errors and warnings.")
  var quiet = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    try WorkerNumbers.check(threads: threads)
    try tables.validate()
    if let noAnswerThreshold, !noAnswerThreshold.isFinite {
      throw ValidationError("--no-answer-threshold \(noAnswerThreshold): must be a number")
    }
  }

  private var tables: EvaluationTables {
    EvaluationTables(confusion: confusion, perClass: perClass, predictions: predictions)
  }

  func run() throws {
    World.run(computeThreads: threads ?? 1) { communication in
      let output = Output(json: json)
      let overrides = threads.map { ["train.threads=\($0)"] } ?? []
      let origin = try StartAgreement.agree(
        on: Result { try options.origin(overrides: overrides) }, communication)
      let trained = try TrainedModel(
        origin, averaged: options.ema, assignments: options.assignments(overrides: overrides),
        communication, warning: StandardError.write)
      let isSpeaker = communication.rank == 0
      let isShown = isSpeaker && !quiet
      let files = try tables.open(for: trained, communication)
      guard noAnswerThreshold == nil || trained.configuration.task.predictionFormat == .answers
      else {
        throw CommandError(
          "--no-answer-threshold: needs a model that answers questions; leave it out",
          exitCode: .usage)
      }
      if isShown { output.say(trained.introduction) }
      let line = ProgressLine("evaluation", hasLauncher: communication.size > 1, output)
      let evaluation = try EvaluationRun(
        trained, on: split, communication, keepsPredictions: predictions != nil,
        noAnswerThreshold: noAnswerThreshold
      ) { share in
        if isShown { line.show(share: share) }
      }
      if isShown { line.end() }
      if isSpeaker {
        // A full disk does not take what was found.
        let written = CommandError.catching { try files.write(evaluation) }
        try output.give(evaluation.result, evaluation.result.text)
        for line in try written.get() where isShown { output.say(line) }
      }
      return 0
    }
  }
}

extension DatasetSplit: ExpressibleByArgument {}

extension TrainedModel {
  /// Says which weights are used.
  var introduction: String {
    let origin = step.map { " after step \($0)\(judgement)" } ?? ""
    let place = "\(kind.words)\(origin): \(printable(weightsPath))"
    guard hasOtherAverage else { return place }
    let best = self.best[.averaged].map { ", best \($0.words)" } ?? ""
    return "\(place) (--ema takes the averaged weights\(best))"
  }

  /// Whether no earlier weights of this kind were better, as far as the checkpoint knows.
  private var judgement: String {
    guard let best = best[kind] else { return "" }
    return best.step == step ? ", the best so far" : ", not the best (\(best.words))"
  }
}

extension CheckpointState.Best {
  fileprivate var words: String {
    let text = metric == "accuracy" ? Numbers.percent(value) : String(format: "%.4f", value)
    return "\(metric) \(text) after step \(step)"
  }
}
