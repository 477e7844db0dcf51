import Batches
import Comm
import Configuration
public import Datasets
import Foundation
import Hardware
import Model
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

  /// Predicts every image of `file`, in their order.
  ///
  /// - Parameters:
  ///   - file: opened with ``imageFit``.
  ///   - top: how many classes are given for each.
  ///   - body: receives one prediction an image.
  /// - Throws: `DatasetError` if an image cannot be read, ``CommandError`` (70) where a probability is
  ///   not finite, or what `body` throws.
  public func predict(
    _ file: ImageFile, top: Int, _ body: (Prediction) throws -> Void
  ) throws {
    let count = file.imageCount ?? 1
    let most = min(threads.batchSize, count)
    for first in stride(from: 0, to: count, by: most) {
      let size = min(most, count - first)
      let parts = try threads.parts(of: size).map { part in
        let images = try images(of: file, (first + part.lowerBound)..<(first + part.upperBound))
        return PredictionThreads.Part(content: .images(images), count: part.count)
      }
      let logits = try threads.logits(parts)
      let classes = logits.count / size
      for place in 0..<size {
        let scores = logits[place * classes..<(place + 1) * classes]
        try body(
          Prediction(
            file: file.name, image: file.imageCount.map { _ in first + place },
            classes: trained.candidates(scores, names: names, top: top)))
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
