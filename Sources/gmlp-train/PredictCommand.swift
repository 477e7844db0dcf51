import ArgumentParser
import Checkpoints
import Datasets
import Foundation
import Model
import Train

/// `gmlp-train predict`: the classes of images, or the hidden pieces of text.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Tell the classes of images, or fill in hidden text.",
    discussion: """
      gmlp-train predict --run-dir runs/digits seven.png
      gmlp-train predict --top 3 --json t10k-images-idx3-ubyte.gz
      gmlp-train predict --run-dir runs/mlm-small 'The [MASK] opened the door.'

      An image is a PNG picture or an IDX file of many, plain or gzipped, and has the size that \
      the model was trained with: nothing is scaled or cropped. Pixels are normalised as in \
      training. A model of Fashion-MNIST knows the names of its classes; for others give a file \
      with one name a line.

      A model of text fills every [MASK] with one piece of its vocabulary, which is read from \
      beside the shards that it was trained with.
      """)

  @OptionGroup var options: WeightsOptions

  @Option(help: "How many classes or pieces to tell, the most probable first.")
  var top: Int?

  @Option(
    help: ArgumentHelp("Names of the classes, one a line.", valueName: "file"),
    completion: .file())
  var classNames: String?

  @Option(
    help: ArgumentHelp("The vocabulary of a model of text.", valueName: "file"),
    completion: .file())
  var vocabulary: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(help: "PNG or IDX files; for a model of text, sentences.", completion: .file())
  var inputs: [String]

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top \(top): must be at least 1") }
  }

  func run() throws {
    SingleProcess.run {
      let output = Output(json: json)
      let trained = try TrainedModel(
        options.origin(), averaged: options.ema, assignments: options.assignments(),
        warning: StandardError.write)
      if trained.takesImages {
        if vocabulary != nil { throw Self.wrong("--vocabulary", for: "images") }
        try predictImages(trained, output)
      } else {
        if classNames != nil { throw Self.wrong("--class-names", for: "text") }
        try fillText(trained, output)
      }
    }
  }

  private func predictImages(_ trained: TrainedModel, _ output: Output) throws {
    let predictor = try Predictor(trained, names: names(for: trained))
    // All files are opened before the first answer: a wrong one is then no half result.
    let files = try inputs.map { try ImageFile($0, imageShape: predictor.imageShape) }
    output.say(trained.introduction)
    var predictions: [Prediction] = []
    for file in files {
      try predictor.predict(file, top: top ?? 1) { prediction in
        if json {
          predictions.append(prediction)
        } else {
          print(prediction.text)
        }
      }
    }
    if json { try output.give(PredictionResult(trained, predictions), "") }
  }

  private func fillText(_ trained: TrainedModel, _ output: Output) throws {
    let predictor = try TextPredictor(trained, vocabulary: vocabulary)
    let filled = try inputs.map { try predictor.fill($0, top: top ?? 5) }
    output.say(trained.introduction)
    try output.give(
      PredictionResult(trained, filled), filled.map(\.description).joined(separator: "\n"))
  }

  private static func wrong(_ option: String, for kind: String) -> StartError {
    StartError("\(option): does not go with a model of \(kind)", exitCode: 64)
  }

  private func names(for trained: TrainedModel) throws(StartError) -> [String]? {
    if let classNames {
      return try ClassNames.read(classNames, count: trained.configuration.model.numClasses)
    }
    return trained.trainingDigest.flatMap(ClassNames.known)
  }
}

/// What `predict --json` prints.
private struct PredictionResult<Answer: Encodable>: Encodable {
  let weights: String
  let weightsKind: String
  let weightsSha256: String
  let step: Int?
  let predictions: [Answer]

  init(_ trained: TrainedModel, _ predictions: [Answer]) {
    weights = trained.weightsPath
    weightsKind = trained.kind.rawValue
    weightsSha256 = trained.weightsDigest
    step = trained.step
    self.predictions = predictions
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

extension Prediction {
  fileprivate var text: String {
    let place = image.map { "\(file)[\($0)]" } ?? file
    let list = classes.map { candidate in
      "\(candidate.name ?? String(candidate.label)) \(Numbers.percent(candidate.probability))"
    }
    return "\(place): \(list.joined(separator: ", "))"
  }
}
