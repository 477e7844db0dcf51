import Configuration
import Datasets
import Files
import Inspection
import Train

/// Asks a model about the images of files, folders and archives, a batch at a time, and gives the answers of each batch
/// as soon as they are known.
///
/// Images keep the order of the inputs, and a batch may span many files. In memory are the names of all files, and the
/// pixels of one batch.
struct ImagePredictions {
  private let trained: TrainedModel
  private let predictor: Predictor
  private let top: Int
  private let table: PredictionTable?
  private let output: Output
  private var object = PredictionObject()
  private var failed: FailedInputs
  /// What the next batch has so far, with the names of the files; what cannot be opened keeps its place.
  private var batch: [(file: String, image: Result<ImageFile.Image, DatasetError>)] = []

  /// Predictions that have not begun.
  ///
  /// - Parameters:
  ///   - trained: the model.
  ///   - predictor: answers with that model.
  ///   - top: how many classes are given for each image.
  ///   - table: a file that is to have the answers too.
  ///   - output: where answers go.
  init(
    _ trained: TrainedModel, _ predictor: Predictor, top: Int, _ table: PredictionTable?,
    _ output: Output
  ) {
    self.trained = trained
    self.predictor = predictor
    self.top = top
    self.table = table
    self.output = output
    failed = FailedInputs(of: 0, listsFailures: output.json)
  }

  /// Predicts every image of `inputs`.
  ///
  /// - Throws: ``CommandError``: 65 after the last one if some could not be used, 70 where a probability is not finite,
  ///   74 if the file cannot be written; `OutputError`, `ThreadError`.
  mutating func predict(_ inputs: [String]) throws {
    let found = inputs.map { input in
      Result<[ImageInput], DatasetError> { () throws(DatasetError) in
        try ImageInput.all(at: input)
      }
    }
    // An input that cannot be listed counts once.
    failed.count = found.reduce(0) { $0 + ((try? $1.get().count) ?? 1) }
    for (input, files) in zip(inputs, found) {
      switch files {
      case .success(let files): for file in files { try add(file) }
      case .failure(let error): try add(.failure(error), of: input)
      }
    }
    try answer()
    if output.json { try object.end(trained, failed) }
    try table?.finish()
    try failed.finish()
  }

  /// Adds all images of a file.
  private mutating func add(_ input: ImageInput) throws {
    let file: ImageFile
    do throws(DatasetError) {
      file = try ImageFile(input, fit: predictor.imageFit)
    } catch {
      return try add(.failure(error), of: input.name)
    }
    let count = file.imageCount ?? 1
    // So far the file counted as one.
    failed.count += count - 1
    for number in 0..<count {
      try add(.success(ImageFile.Image(number, of: file)), of: input.name)
    }
  }

  private mutating func add(
    _ image: Result<ImageFile.Image, DatasetError>, of file: String
  ) throws {
    batch.append((file, image))
    if batch.count == predictor.batchSize { try answer() }
  }

  /// Predicts the batch, gives the answers, and begins another.
  private mutating func answer() throws {
    var answers = try predictor.predict(batch.compactMap { try? $0.image.get() }, top: top)[...]
    var predictions: [Prediction] = []
    for (file, image) in batch {
      switch image.flatMap({ _ in answers.removeFirst() }) {
      case .success(let prediction):
        if !output.json { try output.line(prediction.text) }
        predictions.append(prediction)
      case .failure(let error): failed.note(file, CommandError(describing: error))
      }
    }
    batch = []
    if output.json { try object.add(predictions) }
    try table?.add(predictions)
  }
}

extension Prediction {
  fileprivate var text: String {
    let place = printable(file) + (image.map { "[\($0)]" } ?? "")
    let list = classes.map { candidate in
      "\(printable(candidate.name ?? String(candidate.label))) \(Numbers.percent(candidate.probability))"
    }
    return "\(place): \(list.joined(separator: ", "))"
  }
}
