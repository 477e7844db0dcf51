public import ArgumentParser
import Checkpoints
import Comm
public import Datasets
import Files
import Foundation
import Inspection
import Train

/// `gmlp-train evaluate`: loss and accuracy of trained weights.
struct EvaluateCommand: ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure loss and accuracy of trained weights.",
    discussion: """
      gmlp-train evaluate                         the best of runs/fashion-mnist
      gmlp-train evaluate --run-dir runs/digits   the best of another run
      gmlp-train evaluate --config c.toml --weights w.safetensors
      mpirun -n 8 gmlp-train evaluate             the same numbers, faster

      Every sample counts once, on any number of ranks and threads. The loss is the plain mean \
      cross-entropy in nats. Data and batch sizes are those of the checkpoint; --set changes them.
      """)

  @OptionGroup var options: WeightsOptions

  @Option(help: "The data to evaluate on.")
  var split = DatasetSplit.test

  @Option(help: "Worker threads per rank.")
  var threads: Int?

  @Flag(help: "Show only the result, errors and warnings.")
  var quiet = false

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  func validate() throws {
    try WorkerNumbers.check(threads: threads)
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
      if isShown { output.say(trained.introduction) }
      let line = ProgressLine("evaluation", hasLauncher: communication.size > 1, output)
      let evaluation = try EvaluationRun(trained, on: split, communication) { share in
        if isShown { line.show(share: share) }
      }
      if isShown { line.end() }
      if isSpeaker {
        try output.give(evaluation, evaluation.text)
      }
      return 0
    }
  }
}

extension DatasetSplit: ExpressibleByArgument {}

extension TrainedModel {
  /// Says which weights are used.
  var introduction: String {
    let origin = step.map { " after step \($0)" } ?? ""
    let place = "\(kind.words)\(origin): \(printable(weightsPath))"
    guard hasOtherAverage else { return place }
    let best = self.best[.averaged].map { best in
      let value =
        best.metric == "accuracy" ? Numbers.percent(best.value) : String(format: "%.4f", best.value)
      return ", best \(best.metric) \(value) after step \(best.step)"
    }
    return "\(place) (--ema takes the averaged weights\(best ?? ""))"
  }
}

extension EvaluationRun {
  fileprivate var text: String {
    var parts = [
      String(format: "loss %.4f", loss), "accuracy \(Numbers.percent(accuracy))",
    ]
    if let accuracyTop5 { parts.append("top 5 \(Numbers.percent(accuracyTop5))") }
    if let perplexity, let predictions, let unigramAccuracy, let unigramAccuracyTop5 {
      parts.insert(String(format: "perplexity %.2f", perplexity), at: 1)
      parts.append(
        "of \(Numbers.grouped(predictions)) hidden tokens (always the most frequent: "
          + "\(Numbers.percent(unigramAccuracy)), top 5 \(Numbers.percent(unigramAccuracyTop5)))")
    }
    let sentence = parts.joined(separator: ", ").replacing(", of ", with: " of ")
    return sentence
      + " of \(Numbers.grouped(samples)) \(split.rawValue) samples in "
      + String(format: "%.1f s", seconds)
  }
}
