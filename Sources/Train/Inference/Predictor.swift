public import Datasets
internal import Comm
internal import Foundation
internal import Kernels
internal import Model
internal import Synchronization

/// Tells the classes of images that have no labels.
public struct Predictor {
  private let trained: TrainedModel
  private let names: [String]?
  private let arenas: [Arena]
  private let helpers: [ProductHelper]
  private let operands: Operands
  private let batchSize: Int

  /// A predictor.
  ///
  /// - Parameters:
  ///   - trained: the model and its weights.
  ///   - names: one name a class, or nil.
  ///   - threads: at least one; nil for as many as there are processors for this process.
  /// - Throws: `BLASError`, or `ThreadError` if the system grants no thread.
  public init(_ trained: TrainedModel, names: [String]?, threads: Int? = nil) throws {
    precondition(
      names.map { $0.count == trained.configuration.model.numClasses } ?? true,
      "\(names?.count ?? 0) names of classes")
    precondition(trained.takesImages, "no model of images")
    let threads = threads ?? ProcessorSet.ofThisThread()?.count ?? 1
    precondition(threads > 0, "\(threads) threads")
    try BLAS.prepare(workers: threads)
    self.trained = trained
    self.names = names
    let train = trained.configuration.train
    batchSize = train.microBatchSize
    operands = trained.model.makeOperands()
    operands.update(from: trained.weights, 0..<trained.weights.count)
    helpers =
      train.products.library.isPortable
      ? try (1..<threads).map { _ in try ProductHelper() } : []
    arenas = (0..<threads).map { _ in
      trained.model.makeArena(
        microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize)
    }
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
    let most = min(batchSize * arenas.count, count)
    var pixels = [UInt8](repeating: 0, count: shape.count)
    var images = [Float](repeating: 0, count: most * shape.count)
    for first in stride(from: 0, to: count, by: most) {
      let size = min(most, count - first)
      for place in 0..<size {
        var bytes = pixels.mutableSpan
        try file.copyPixels(of: first + place, into: &bytes)
        var values = images.mutableSpan
        trained.configuration.normalization.apply(
          to: pixels.span, imageShape: shape, into: &values, at: place * shape.count)
      }
      let logits = try logits(Array(images[..<(size * shape.count)]), count: size)
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

  /// The logits of `count` images, at most ``batchSize`` a thread; each thread takes as many as the others.
  ///
  /// Threads for which there is no image help the others to multiply.
  private func logits(_ images: [Float], count: Int) throws -> [Float] {
    let parts = (0..<count).evenParts(min(arenas.count, count))
    let logits = Mutex<[[Float]]>(Array(repeating: [], count: parts.count))
    let size = imageShape.count
    if trained.model.products.isPortable {
      helpers.prefix(arenas.count - parts.count).share(among: Array(arenas.prefix(parts.count)))
    }
    try concurrently(parts.count) { [trained, operands, arenas] thread in
      let part = parts[thread]
      let scores = trained.model.logits(
        .images(Array(images[part.lowerBound * size..<part.upperBound * size])), count: part.count,
        weights: trained.weights, operands: operands, arena: arenas[thread])
      logits.withLock { $0[thread] = scores }
    }
    return logits.withLock { $0.flatMap { $0 } }
  }

  private func candidates(
    _ scores: [Float], top: Int
  ) throws(StartError) -> [Prediction.Candidate] {
    try trained.mostProbable(scores[...], top: top).map {
      Prediction.Candidate(label: $0.label, name: names?[$0.label], probability: $0.probability)
    }
  }
}

extension Range<Int> {
  /// The range cut into `count` parts, as even as can be.
  fileprivate func evenParts(_ count: Int) -> [Range<Int>] {
    (0..<count).map {
      lowerBound + self.count * $0 / count..<lowerBound + self.count * ($0 + 1) / count
    }
  }
}
