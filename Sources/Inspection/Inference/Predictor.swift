import Comm
import Configuration
public import Datasets
import Foundation
import Hardware
import Model
import Threading
import Train

/// Classifies images that have no labels.
public struct Predictor {
  private let trained: TrainedModel
  private let names: [String]?
  private let threads: PredictionThreads

  /// A predictor.
  ///
  /// - Parameters:
  ///   - trained: the model and its weights.
  ///   - names: one name a class, of the first classes at least, or nil.
  ///   - threads: at least one; nil for as many as there are processors for this process.
  /// - Throws: `BLASError`, `ThreadError` if the system grants no thread, or ``CommandError`` if it does not tell what
  ///   a container may use.
  public init(_ trained: TrainedModel, names: [String]?, threads: Int? = nil) throws {
    precondition(
      names?.count ?? 0 <= trained.configuration.model.numClasses,
      "\(names?.count ?? 0) names of classes")
    self.trained = trained
    self.names = names
    self.threads = try PredictionThreads(trained, threads: threads)
  }

  /// As many threads as find a processor here.
  ///
  /// - Throws: ``CommandError`` if the system does not tell what a container may use.
  static func defaultThreads() throws -> Int {
    threads(for: ProcessorSet.ofThisThread()?.count ?? 1, quota: try ProcessorFacts().quota)
  }

  /// As many threads as find a processor: a container that grants the time of fewer than there are holds all up.
  ///
  /// - Parameters:
  ///   - processors: on which this process may run.
  ///   - quota: the processors whose time a container grants; nil without a limit.
  /// - Returns: at least one.
  package static func threads(for processors: Int, quota: Double?) -> Int {
    max(1, quota.map { min(processors, Int($0)) } ?? processors)
  }

  /// How pictures become what the model takes: as in evaluation.
  public var imageFit: ImageFit { trained.configuration.imageFit }

  /// The most images that are computed at once: a micro-batch a thread, as in evaluation.
  public var batchSize: Int { threads.batchSize }

  /// Classifies images: all threads read and decode them, then all threads compute.
  ///
  /// With portable products an image gets the same bits whatever the others are, and however many.
  ///
  /// - Parameters:
  ///   - images: any number, of files that were opened with ``imageFit``; memory is taken for all of them.
  ///   - top: how many classes are given for each.
  /// - Throws: `ThreadError` if the system grants no thread, ``CommandError`` (70) where a probability is not finite.
  /// - Returns: in the order of `images`, the prediction, or why the image cannot be read.
  public func predict(
    _ images: [ImageFile.Image], top: Int
  ) throws -> [Result<Prediction, DatasetError>] {
    let (fit, normalization) = (imageFit, trained.configuration.normalization)
    let read = try concurrentMap(images.indices, threads: threads.count) { place in
      Result<[Float], DatasetError> { () throws(DatasetError) in
        try Self.values(of: images[place], fit.imageShape, normalization)
      }
    }
    var logits = try threads.logits(ofImages: read.compactMap { try? $0.get() })[...]
    var answers: [Result<Prediction, DatasetError>] = []
    for (image, values) in zip(images, read) {
      if case .failure(let error) = values {
        answers.append(.failure(error))
        continue
      }
      let scores = logits.prefix(trained.configuration.model.numClasses)
      logits = logits.dropFirst(scores.count)
      answers.append(
        .success(
          Prediction(
            file: image.file.name, image: image.file.imageCount.map { _ in image.number },
            classes: try trained.candidates(scores, names: names, top: top))))
    }
    return answers
  }

  /// An image as the model takes it: (channels, rows, columns) values.
  private static func values(
    of image: ImageFile.Image, _ shape: ImageShape, _ normalization: Normalization
  ) throws(DatasetError) -> [Float] {
    var pixels = [UInt8](repeating: 0, count: shape.count)
    var bytes = pixels.mutableSpan
    try image.file.copyPixels(of: image.number, into: &bytes)
    var values = [Float](repeating: 0, count: shape.count)
    var numbers = values.mutableSpan
    normalization.apply(to: pixels.span, imageShape: shape, into: &numbers)
    return values
  }
}

extension TrainedModel {
  /// The `top` most probable classes, the best first, with their names as far as `names` go.
  ///
  /// - Throws: ``CommandError`` if a score is not finite.
  func candidates(
    _ scores: ArraySlice<Float>, names: [String]?, top: Int
  ) throws(CommandError) -> [Prediction.Candidate] {
    try mostProbable(scores, top: top).map { found in
      let isNamed = found.label < names?.count ?? 0
      return Prediction.Candidate(
        label: found.label, name: isNamed ? names?[found.label] : nil,
        probability: found.probability)
    }
  }
}
