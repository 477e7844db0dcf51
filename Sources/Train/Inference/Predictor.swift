public import Datasets
internal import Foundation
internal import Kernels
internal import Model

/// Tells the classes of images that have no labels, on one thread.
public struct Predictor {
  private let trained: TrainedModel
  private let names: [String]?
  private let arena: Arena
  private let operands: Operands
  private let batchSize: Int

  /// A predictor.
  ///
  /// - Parameters:
  ///   - trained: the model and its weights.
  ///   - names: one name a class, or nil.
  /// - Throws: `BLASError`.
  public init(_ trained: TrainedModel, names: [String]?) throws {
    precondition(
      names.map { $0.count == trained.configuration.model.numClasses } ?? true,
      "\(names?.count ?? 0) names of classes")
    precondition(trained.takesImages, "no model of images")
    try BLAS.prepare(workers: 1)
    self.trained = trained
    self.names = names
    let train = trained.configuration.train
    batchSize = train.microBatchSize
    operands = trained.model.makeOperands()
    operands.update(from: trained.weights, 0..<trained.weights.count)
    arena = trained.model.makeArena(
      microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize)
  }

  /// The size of the images that the model takes.
  public var imageShape: ImageShape { trained.configuration.imageShape }

  /// Predicts every image of `file`, in their order.
  ///
  /// - Parameters:
  ///   - file: images of ``imageShape``.
  ///   - top: how many classes are told of each.
  ///   - body: receives one prediction an image.
  /// - Throws: `DatasetError` where an image cannot be read, ``StartError`` (70) where a probability is
  ///   not finite, or what `body` throws.
  public func predict(
    _ file: ImageFile, top: Int, _ body: (Prediction) throws -> Void
  ) throws {
    let shape = imageShape
    let count = file.imageCount ?? 1
    var pixels = [UInt8](repeating: 0, count: shape.count)
    var images = [Float](repeating: 0, count: min(batchSize, count) * shape.count)
    for first in stride(from: 0, to: count, by: batchSize) {
      let size = min(batchSize, count - first)
      for place in 0..<size {
        var bytes = pixels.mutableSpan
        try file.copyPixels(of: first + place, into: &bytes)
        var values = images.mutableSpan
        trained.configuration.normalization.apply(
          to: pixels.span, imageShape: shape, into: &values, at: place * shape.count)
      }
      let logits = trained.model.logits(
        .images(Array(images[..<(size * shape.count)])), count: size,
        weights: trained.weights, operands: operands, arena: arena)
      let classes = logits.count / size
      for place in 0..<size {
        let scores = logits[place * classes..<(place + 1) * classes]
        try body(
          Prediction(
            file: file.path, image: file.imageCount.map { _ in first + place },
            classes: candidates(Array(scores), top: top)))
      }
    }
  }

  private func candidates(
    _ scores: [Float], top: Int
  ) throws(StartError) -> [Prediction.Candidate] {
    try trained.mostProbable(scores[...], top: top).map {
      Prediction.Candidate(label: $0.label, name: names?[$0.label], probability: $0.probability)
    }
  }
}
