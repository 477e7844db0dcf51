import ArgumentParser
import Datasets
import Foundation
import Model
import Train

/// `gmlp-train predict`: the classes of images.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Tell the classes of images.",
    discussion: """
      gmlp-train predict --run-dir runs/digits seven.png
      gmlp-train predict --top 3 --json t10k-images-idx3-ubyte.gz

      An image is a PNG picture or an IDX file of many, plain or gzipped, and has the size that \
      the model was trained with: nothing is scaled or cropped. Pixels are normalised as in \
      training. A model of Fashion-MNIST knows the names of its classes; for others give a file \
      with one name a line.
      """)

  @OptionGroup var options: WeightsOptions

  @Option(help: "How many classes to tell of each image, the most probable first.")
  var top = 1

  @Option(
    help: ArgumentHelp("Names of the classes, one a line.", valueName: "file"),
    completion: .file())
  var classNames: String?

  @Flag(help: "Print one JSON object on standard output.")
  var json = false

  @Argument(help: "PNG or IDX files.", completion: .file())
  var images: [String]

  func validate() throws {
    if top < 1 { throw ValidationError("--top \(top): must be at least 1") }
  }

  func run() throws {
    SingleProcess.run {
      let output = Output(json: json)
      let trained = try TrainedModel(
        options.origin(), averaged: options.ema, assignments: options.assignments(),
        warning: StandardError.write)
      let predictor = try Predictor(trained, names: names(for: trained))
      // All files are opened before the first answer: a wrong one is then no half result.
      let files = try images.map { try ImageFile($0, imageShape: predictor.imageShape) }
      output.say(trained.introduction)
      var predictions: [Prediction] = []
      for file in files {
        try predictor.predict(file, top: top) { prediction in
          if json {
            predictions.append(prediction)
          } else {
            print(prediction.text)
          }
        }
      }
      if json {
        try output.give(
          PredictionResult(
            weights: trained.weightsPath, weightsSha256: trained.weightsDigest, step: trained.step,
            predictions: predictions), "")
      }
    }
  }

  private func names(for trained: TrainedModel) throws(StartError) -> [String]? {
    if let classNames {
      return try ClassNames.read(classNames, count: trained.configuration.model.numClasses)
    }
    return trained.trainingDigest.flatMap(ClassNames.known)
  }
}

/// What `predict --json` prints.
private struct PredictionResult: Encodable {
  let weights: String
  let weightsSha256: String
  let step: Int?
  let predictions: [Prediction]
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
