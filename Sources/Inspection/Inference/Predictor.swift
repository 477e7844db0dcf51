import Batches
import Comm
import Configuration
public import Datasets
import Foundation
import Hardware
import Kernels
import Model
import Planning
import Synchronization
import Threading
import Train

/// Tells the classes of images that have no labels.
public struct Predictor {
  private let trained: TrainedModel
  private let names: [String]?
  private let threads: Int
  private let arenas = ArenaShelf()
  private let helpers: [ProductHelper]
  private let operands: Operands
  private let batchSize: Int

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
    let threads = try threads ?? Self.defaultThreads()
    precondition(threads > 0, "\(threads) threads")
    self.threads = threads
    let train = trained.configuration.train
    let products = trained.model.products
    try products.prepare(workers: threads)
    self.trained = trained
    self.names = names
    batchSize = train.microBatchSize
    operands = trained.model.makeOperands()
    operands.update(from: trained.weights, 0..<trained.weights.count)
    helpers = try products.helpers(for: threads)
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

  /// Predicts every image of `file`, in their order.
  ///
  /// - Parameters:
  ///   - file: opened with ``imageFit``.
  ///   - top: how many classes are told of each.
  ///   - body: receives one prediction an image.
  /// - Throws: `DatasetError` where an image cannot be read, ``CommandError`` (70) where a probability is
  ///   not finite, or what `body` throws.
  public func predict(
    _ file: ImageFile, top: Int, _ body: (Prediction) throws -> Void
  ) throws {
    let count = file.imageCount ?? 1
    let most = min(batchSize * threads, count)
    for first in stride(from: 0, to: count, by: most) {
      let size = min(most, count - first)
      let parts = try Coordinator.evenly(size, over: min(threads, size)).map {
        try images(of: file, first + $0.lowerBound..<first + $0.upperBound)
      }
      let logits = try logits(parts)
      let classes = logits.count / size
      for place in 0..<size {
        let scores = logits[place * classes..<(place + 1) * classes]
        try body(
          Prediction(
            file: file.name, image: file.imageCount.map { _ in first + place },
            classes: candidates(Array(scores), top: top)))
      }
    }
  }

  /// Images `range` of `file` as the model takes them.
  private func images(of file: ImageFile, _ range: Range<Int>) throws -> [Float] {
    let shape = imageFit.imageShape
    var pixels = [UInt8](repeating: 0, count: shape.count)
    var images = [Float](repeating: 0, count: range.count * shape.count)
    for (place, number) in range.enumerated() {
      var bytes = pixels.mutableSpan
      try file.copyPixels(of: number, into: &bytes)
      var values = images.mutableSpan
      trained.configuration.normalization.apply(
        to: pixels.span, imageShape: shape, into: &values, at: place * shape.count)
    }
    return images
  }

  /// The logits of all images of `parts`, of which a thread takes each.
  ///
  /// Threads for which there is none help the others to multiply.
  private func logits(_ parts: [[Float]]) throws -> [Float] {
    let logits = Mutex<[[Float]]>(Array(repeating: [], count: parts.count))
    let size = imageFit.imageShape.count
    let train = trained.configuration.train
    let arenas = arenas.first(parts.count) {
      trained.model.makeArena(
        microBatchSize: train.microBatchSize, subBatchSize: train.subBatchSize)
    }
    helpers.prefix(threads - parts.count).share(among: arenas)
    try concurrently(parts.count) { [trained, operands] thread in
      let images = parts[thread]
      let scores = trained.model.logits(
        .images(images), count: images.count / size, weights: trained.weights, operands: operands,
        arena: arenas[thread])
      logits.withLock { $0[thread] = scores }
    }
    return logits.withLock { $0.flatMap { $0 } }
  }

  private func candidates(
    _ scores: [Float], top: Int
  ) throws(CommandError) -> [Prediction.Candidate] {
    try trained.mostProbable(scores[...], top: top).map { found in
      let isNamed = found.label < names?.count ?? 0
      return Prediction.Candidate(
        label: found.label, name: isNamed ? names?[found.label] : nil,
        probability: found.probability)
    }
  }
}

extension ProductLibrary {
  /// The helpers of one thread that multiplies with `threads` threads; none where products cannot be shared.
  ///
  /// - Throws: `ThreadError` if the system grants no thread.
  func helpers(for threads: Int) throws -> [ProductHelper] {
    canShareProducts ? try (1..<threads).map { _ in try ProductHelper() } : []
  }
}

/// The arenas of threads that have had images; the others need none.
private final class ArenaShelf: Sendable {
  private let arenas = Mutex<[Arena]>([])

  /// `count` arenas, those made before first.
  func first(_ count: Int, make: () -> Arena) -> [Arena] {
    arenas.withLock { arenas in
      while arenas.count < count { arenas.append(make()) }
      return Array(arenas.prefix(count))
    }
  }
}
